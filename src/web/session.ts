import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const cookie = 'legato';

/** Lost with the brain: a page that is older asks once more. */
const secret = randomBytes(32);

function seal(purpose: string, ...parts: readonly string[]): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([purpose, ...parts]))
    .digest('base64url');
}

function fits(given: string, right: string): boolean {
  return given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
}

/**
 * One browser's session. Nothing is kept for it: the cookie is a random number, and what belongs to it is sealed with a secret
 * of this process.
 */
export class Session {
  readonly #id: string;
  /** The browser does not have it yet. */
  readonly isNew: boolean;

  constructor(request: IncomingMessage) {
    const [, id] = new RegExp(`(?:^|; *)${cookie}=([\\w-]{22})(?:;|$)`).exec(request.headers.cookie ?? '') ?? [];
    this.isNew = id === undefined;
    this.#id = id ?? randomBytes(16).toString('base64url');
  }

  /** The cookie is sent to no other site's request (SameSite) and shown to no script. */
  get setCookie(): string {
    return `${cookie}=${this.#id}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** What a form carries to show that it came from a page of this session. */
  get token(): string {
    return seal('act', this.#id);
  }

  mayAct(token: string): boolean {
    return !this.isNew && fits(token, this.token);
  }

  /** Shows that a message in a link is one that we have written for this session. */
  sealOf(message: string): string {
    return seal('say', this.#id, message);
  }

  hasSaid(message: string, given: string): boolean {
    return !this.isNew && fits(given, this.sealOf(message));
  }
}
