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

type Open = { readonly address: HttpServerConfig; readonly serving: Serving };

/** The sockets on which the control room is spoken to. */
export class Servers {
  readonly #daemon: Daemon;
  #open: readonly Open[] = [];
  /** One change after the other: it takes a while until a socket is bound. */
  #turn: Promise<string | null> = Promise.resolve(null);

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Opens all of them, or none: Supervisor's sentence about the one that cannot be opened, null when all is well. */
  async open(): Promise<string | null> {
    return this.#add(this.#daemon.config.server.httpServers);
  }

  /**
   * Opens and closes what a changed configuration has otherwise; what is the same is left alone. Supervisor's sentence about one that cannot be opened,
   * after which all are as they were; null when all is well.
   */
  change(wanted: readonly HttpServerConfig[]): Promise<string | null> {
    this.#turn = this.#turn.then(() => this.#change(wanted));
    return this.#turn;
  }

  async #change(wanted: readonly HttpServerConfig[]): Promise<string | null> {
    const former = this.#open;
    const stays = (one: Open): boolean => wanted.some((address) => isSame(address, one.address));
    this.#open = former.filter(stays);
    const goes = former.filter((one) => !stays(one));
    for (const { serving } of goes) serving.retire();
    const trouble = await this.#add(wanted.filter((address) => !former.some((one) => isSame(address, one.address))));
    if (trouble === null) return null;
    const again = await this.#add(goes.map(({ address }) => address));
    return again === null ? trouble : `${trouble}; and the former ones cannot be opened any more: ${again}`;
  }

  /** All of them, or none. */
  async #add(addresses: readonly HttpServerConfig[]): Promise<string | null> {
    const added: Open[] = [];
    try {
      for (const address of addresses) {
        const port = new Port(this.#daemon, isForOwner(address));
        added.push({ address, serving: await serve(port, address, warn, loadSite) });
      }
      this.#open = [...this.#open, ...added];
      return null;
    } catch (error) {
      await Promise.all(added.map(({ serving }) => serving.close()));
      return sentence(error);
    }
  }

  /** Stops listening and removes the sockets' files. */
  async close(): Promise<void> {
    await this.#turn;
    await Promise.all(this.#open.map(({ serving }) => serving.close()));
    this.#open = [];
  }
}

/** Plain data, made by the same code in the same order. */
function isSame(one: HttpServerConfig, other: HttpServerConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function sentence(error: unknown): string {
  return error instanceof ListenError ? error.message : String(error);
}
