import type { ClientConfig } from '../config/config.ts';
import { Client } from '../control/client.ts';
import { apiVersion, faultCode } from '../control/contract.ts';
import { codeOf } from '../control/listen-error.ts';
import { textOf } from '../control/replies.ts';
import { Fault, type Value } from '../control/value.ts';
import { namesLivingInit } from '../os/pidfile.ts';
import { cureOf } from './cure.ts';
import { exitCode } from './exit-code.ts';

/** Asks the one at the terminal; null: nobody answers. Without one (a single command) nothing is asked. */
export type Ask = (question: string, secret: boolean) => Promise<string | null>;

/** Where text goes. */
export type Voice = { readonly out: (text: string) => void; readonly err: (text: string) => void };

/** What verbs share: where the daemon is, where lines go, and the exit code so far. */
export class Session {
  readonly config: ClientConfig;
  /** null: a single command, which asks nothing. */
  readonly ask: Ask | null;
  serverurl: string;
  username: string | null;
  password: string | null;
  /** Set by what goes wrong and never reset, as in supervisorctl: the last trouble decides. */
  exitStatus: number = exitCode.success;
  /** The line that is carried out wants JSON on stdout: then errors go to stderr. */
  json = false;
  /** From where the address of the daemon comes, for messages. */
  origin: string;
  readonly #voice: Voice;

  constructor(config: ClientConfig, voice: Voice, ask: Ask | null, origin: string) {
    this.config = config;
    this.ask = ask;
    this.origin = origin;
    this.serverurl = config.serverurl;
    this.username = config.username;
    this.password = config.password;
    this.#voice = voice;
  }

  /** Writes lines to stdout; errors, too: that is where scripts look for them. */
  out(...lines: readonly string[]): void {
    for (const line of lines) this.#voice.out(`${line}\n`);
  }

  /** What `--json` prints. */
  outJson(value: unknown): void {
    this.out(JSON.stringify(value, null, 1));
  }

  /** A word to the person at the terminal, on stderr. */
  hint(text: string | null): void {
    if (text !== null) this.#voice.err(`legatoctl: ${text}\n`);
  }

  /** Writes lines and sets the exit code. */
  fail(status: number, ...lines: readonly string[]): void {
    if (this.json) for (const line of lines) this.#voice.err(`${line}\n`);
    else this.out(...lines);
    this.exitStatus = status;
  }

  client(): Client {
    const { serverurl, username, password } = this;
    const { pidfile } = this.config;
    // `open` of the shell may have led elsewhere.
    const isHome = pidfile !== null && serverurl === this.config.serverurl;
    return new Client({ serverurl, username, password, isComingBack: () => isHome && namesLivingInit(pidfile) });
  }

  call(method: string, ...params: readonly Value[]): Promise<Value> {
    return this.client().call(`supervisor.${method}`, ...params);
  }

  /** Whether a daemon is there that speaks our language. If not it has been said, in supervisorctl's words. */
  async isUp(): Promise<boolean> {
    try {
      const version = textOf(await this.call('getVersion'));
      if (version === apiVersion) return true;
      this.fail(
        exitCode.wrongVersion,
        `Sorry, this version of supervisorctl expects to talk to a server with API version ${apiVersion}, but the remote version is ${version}.`,
      );
      return false;
    } catch (error) {
      if (!this.#explains(error)) throw error;
      return false;
    }
  }

  #explains(error: unknown): boolean {
    if (error instanceof Fault && error.code === faultCode.UNKNOWN_METHOD) {
      this.fail(
        exitCode.unimplemented,
        'Sorry, supervisord responded but did not recognize the supervisor namespace commands that supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is enabled in the configuration file (see sample.conf).',
      );
    } else if (codeOf(error) === 'ECONNREFUSED') {
      this.fail(exitCode.refused, `${this.serverurl} refused connection`);
    } else if (codeOf(error) === 'ENOENT') {
      this.fail(exitCode.notRunning, `${this.serverurl} no such file`);
    } else {
      return false;
    }
    this.hint(cureOf(this, error));
    return true;
  }
}
