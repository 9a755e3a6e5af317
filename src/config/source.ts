import type { LogLevel } from '../core/effects.ts';
import type { ListenConfig, Message, Place } from './config.ts';
import { Scope } from './expand.ts';
import type { ConfigHost } from './host.ts';
import { Ini, type Section } from './ini.ts';
import { absolute, dirname } from './path.ts';

/** What is the same for every section of one load. */
export class Source {
  /** The main file's name as it was given; messages show it so. */
  readonly file: string;
  readonly host: ConfigHost;
  /** Plugins that legato does not have are errors, as in Supervisor, and not warnings. */
  readonly strict: boolean;
  readonly ini: Ini = new Ini();
  /** Directory of the main file: `%(here)s`. */
  readonly here: string;
  /** `ENV_x` of the environment, and, once read, of [supervisord] environment. */
  readonly environment: Scope;
  readonly messages: Message[] = [];
  /** The listener sockets declared so far, by the name of their section. */
  readonly listens: Map<string, readonly ListenConfig[]> = new Map();
  /** Those of the [socket:x] sections, by `x`, and which of them a program uses. */
  readonly sharedSockets: Map<string, ListenConfig> = new Map();
  readonly usedSockets: Set<string> = new Set();

  constructor(file: string, host: ConfigHost, strict: boolean) {
    this.file = file;
    this.host = host;
    this.strict = strict;
    this.here = absolute(dirname(file), host);
    this.environment = new Scope(null);
    for (const [name, value] of Object.entries(host.environment)) this.environment.own.set(`ENV_${name}`, value);
  }

  /** Sections whose name begins so, in the order they were met. */
  sections(prefix: string): Section[] {
    return [...this.ini.sections.values()].filter((section) => section.name.startsWith(prefix));
  }

  /** The environment and `here`. */
  hereScope(): Scope {
    return new Scope(this.environment, { here: this.here });
  }

  note(level: LogLevel, text: string, place: Place | null): void {
    this.messages.push({ level, text, place });
  }
}

/** What stands behind the first colon of a section's name. */
export function nameAfterColon(section: Section): string {
  return section.name.slice(section.name.indexOf(':') + 1);
}
