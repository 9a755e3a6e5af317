import { createHash, timingSafeEqual } from 'node:crypto';

export type Credentials = { readonly username: string; readonly password: string };

/** What a request's Authorization header amounts to. `malformed` is answered with 400, as Supervisor does. */
export type Verdict = 'granted' | 'refused' | 'malformed';

/** Compares in a time that does not depend on where the two differ, nor on their lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Supervisor's passwords: clear text, or `{SHA}` and the SHA-1 of it in lower-case hexadecimal. */
function passwordFits(given: string, stored: string): boolean {
  if (!stored.startsWith('{SHA}')) return same(given, stored);
  return same(createHash('sha1').update(given).digest('hex'), stored.slice('{SHA}'.length));
}

/** Looks at a Basic Authorization header (RFC 7617); the scheme in any case, the user name exactly. */
export function judge(header: string | undefined, { username, password }: Credentials): Verdict {
  const [scheme = '', encoded = ''] = (header ?? '').trim().split(/\s+/, 2);
  if (scheme.toLowerCase() !== 'basic') return 'refused';
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return 'malformed';
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return 'malformed';
  const userFits = same(decoded.slice(0, colon), username);
  const secretFits = passwordFits(decoded.slice(colon + 1), password);
  return userFits && secretFits ? 'granted' : 'refused';
}
