import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCrossSite, isStrangeHost, mayBeBrowser } from './browser.ts';
import type { Credentials, Verdict } from './credentials.ts';
import { refuse } from './http-reply.ts';
import type { ServerAddress } from './http-server.ts';
import { answerLogTail, answerMainLogTail } from './log-tail.ts';
import { answerRpc } from './rpc-route.ts';
import type { Site, SiteLoader } from './site.ts';
import type { Supervisor } from './supervisor.ts';

/** The path of a request target, percent-decoded; null when it cannot be decoded. */
function pathOf(target: string | undefined): string | null {
  try {
    // A whole URL is what proxies are asked for, and every server must understand it (RFC 9112 §3.2.2).
    const [path = ''] = (target ?? '').replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

async function judgeFor({ username, password }: ServerAddress): Promise<(header: string | undefined) => Verdict> {
  if (username === null) return () => 'granted';
  const credentials: Credentials = { username, password: password ?? '' };
  const { judge } = await import('./credentials.ts');
  return (header) => judge(header, credentials);
}

/** Answers whatever is asked of one server. */
export class Routes {
  readonly #supervisor: Supervisor;
  readonly #address: ServerAddress;
  readonly #judge: (header: string | undefined) => Verdict;
  readonly #loadSite: SiteLoader | null;
  #site: Promise<Site> | null = null;

  private constructor(
    supervisor: Supervisor,
    address: ServerAddress,
    judge: (header: string | undefined) => Verdict,
    loadSite: SiteLoader | null,
  ) {
    this.#supervisor = supervisor;
    this.#address = address;
    this.#judge = judge;
    this.#loadSite = loadSite;
  }

  static async of(supervisor: Supervisor, address: ServerAddress, loadSite: SiteLoader | null): Promise<Routes> {
    return new Routes(supervisor, address, await judgeFor(address), loadSite);
  }

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      response.setHeader('Server', 'legato');
      response.setHeader('X-Content-Type-Options', 'nosniff');
      await this.#admit(request, response);
    } catch (error) {
      this.#supervisor.log(
        'error',
        `Server Error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    }
  };

  /** Who may come in. */
  async #admit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const verdict = this.#judge(request.headers.authorization);
    if (verdict !== 'granted') return refuse(response, verdict === 'refused' ? 401 : 400);
    if (this.#isStrange(request)) {
      return refuse(
        response,
        421,
        'Without a password this server answers browsers only by its address, localhost or the name of its machine (a page of a stranger may point a name of its own here). Set username and password in its section to use any name.',
      );
    }
    await this.#route(request, response);
  }

  /** With a password a stranger's page gets nothing: browsers keep passwords by name. */
  #isStrange(request: IncomingMessage): boolean {
    const address = this.#address;
    if (address.family === 'unix' || address.username !== null) return false;
    return mayBeBrowser(request) && isStrangeHost(request, [address.host]);
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request.url);
    if (path === null) return refuse(response, 400);
    // By prefix, as Supervisor: `/RPC2/` and `/RPC2?x` are in clients that are in use.
    if (path.startsWith('/RPC2')) {
      if (isCrossSite(request)) return refuse(response, 403, 'A page of another site may not call methods.');
      return answerRpc(this.#supervisor, request, response);
    }
    if (path.startsWith('/logtail')) return answerLogTail(this.#supervisor, request, response, path);
    if (path.startsWith('/mainlogtail')) return answerMainLogTail(this.#supervisor, request, response);
    this.#site ??= this.#loadSite?.() ?? null;
    const site = await this.#site;
    if (!(await site?.(this.#supervisor, request, response, path))) refuse(response, 404);
  }
}
