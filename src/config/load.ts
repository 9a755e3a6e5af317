import type { Config, Message, Place } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readGroups } from './group.ts';
import type { ConfigHost } from './host.ts';
import { readHttpServers } from './http-server.ts';
import type { DaemonOptions } from './options.ts';
import { absolute } from './path.ts';
import { readFiles } from './read-files.ts';
import { readRpcInterfaces } from './rpc-interface.ts';
import { findConfigFile, noConfigFile } from './search-path.ts';
import { readServerSection, serverConfig } from './server.ts';
import { checkSharedSockets, readSharedSockets } from './shared-socket.ts';
import { Source } from './source.ts';

/** The message is Supervisor's; `place` is where it comes from, when it comes from a place. */
export type Failure = { readonly ok: false; readonly message: string; readonly place: Place | null };

export type Loaded = { readonly ok: true; readonly config: Config } | Failure;

/** Reads the configuration as the daemon does: one frozen value, or the first error in Supervisor's order of reading. Never throws. */
export function loadConfig(options: DaemonOptions, host: ConfigHost): Loaded {
  const file = options.configuration ?? findConfigFile(host);
  if (file === null) return { ok: false, message: noConfigFile(host), place: null };
  try {
    return { ok: true, config: freeze(build(new Source(file, host, options.strict), options)) };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, message: error.message, place: error.place };
    throw error;
  }
}

function build(source: Source, options: DaemonOptions): Config {
  readFiles(source);
  const section = readServerSection(source);
  const declared = readRpcInterfaces(source);
  readSharedSockets(source);
  const groups = readGroups(source, section.environment);
  checkSharedSockets(source);
  const httpServers = readHttpServers(source);
  const server = serverConfig(source, section, options, httpServers, declared);
  return { file: absolute(source.file, source.host), server, groups, messages: source.messages.sort(byLevel) };
}

/** Warnings come before information in the main log. */
function byLevel(a: Message, b: Message): number {
  return Number(b.level === 'warn') - Number(a.level === 'warn');
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
