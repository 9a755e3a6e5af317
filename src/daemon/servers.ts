import type { HttpServerConfig } from '../config/config.ts';
import { type Serving, serve } from '../control/http-server.ts';
import { tryListening } from '../control/listen.ts';
import { ListenError } from '../control/listen-error.ts';
import type { SiteLoader } from '../control/site.ts';
import { complain } from '../os/standard-error.ts';
import type { Daemon } from './daemon.ts';
import { isForOwner } from './discretion.ts';
import { Port } from './port.ts';

const warn = (text: string): void => complain(`${text}\n`);

/** Nobody pays for the pages before somebody opens one. */
const loadSite: SiteLoader = () => import('../web/site.ts').then(({ site }) => site);

/** Supervisor's sentence about a server that cannot be opened; null when all can. Nothing stays open. */
export async function troubleWithServers(addresses: readonly HttpServerConfig[]): Promise<string | null> {
  try {
    await tryListening(addresses, warn);
    return null;
  } catch (error) {
    return sentence(error);
  }
}

/** The sockets on which the control room is spoken to. */
export class Servers {
  readonly #daemon: Daemon;
  #serving: readonly Serving[] = [];

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Opens all of them, or none: Supervisor's sentence about the one that cannot be opened, null when all is well. */
  async open(): Promise<string | null> {
    const serving: Serving[] = [];
    this.#serving = serving;
    try {
      for (const address of this.#daemon.config.server.httpServers) {
        const port = new Port(this.#daemon, isForOwner(address));
        serving.push(await serve(port, address, warn, loadSite));
      }
      return null;
    } catch (error) {
      await this.close();
      return sentence(error);
    }
  }

  /** Stops listening and removes the sockets' files. */
  async close(): Promise<void> {
    await Promise.all(this.#serving.map((one) => one.close()));
    this.#serving = [];
  }
}

function sentence(error: unknown): string {
  return error instanceof ListenError ? error.message : String(error);
}
