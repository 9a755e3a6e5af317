import { ConfigError } from './config-error.ts';
import { claim, listenConfig } from './listen.ts';
import { socketKeys } from './listen-keys.ts';
import { isStream } from './listen-url.ts';
import { SectionReader } from './section-reader.ts';
import { nameAfterColon, type Source } from './source.ts';

/** The [socket:x] sections, before the programs that name them. @throws ConfigError */
export function readSharedSockets(source: Source): void {
  for (const section of source.sections('socket:')) {
    const reader = new SectionReader(source, section, socketKeys, source.hereScope());
    const name = nameAfterColon(section);
    if (!/^[\w.-]{1,255}$/.test(name)) {
      throw new ConfigError(
        `[${section.name}]: the name of a socket has letters, digits, dots, dashes and underscores`,
        section.place,
      );
    }
    const place = reader.optional('address');
    if (place === null) throw new ConfigError(`[${section.name}] has no address`, section.place);
    const refuse = (key: string, what: string): void => {
      if (reader.raw(key) !== null) throw new ConfigError(`${key} is of no use ${what}`, reader.place(key));
    };
    const isFile = 'path' in place && !place.path.startsWith('@');
    if (!isFile) for (const key of ['owner', 'chmod']) refuse(key, 'but for a unix socket with a path');
    if (!isStream(place)) refuse('backlog', 'but for a socket that takes connections');
    const config = {
      ...listenConfig(place, {
        backlog: reader.read('backlog'),
        blocking: reader.read('blocking'),
        mode: reader.read('chmod'),
        owner: reader.optional('owner'),
      }),
      name,
    };
    reader.at('address', () => claim(source, section.name, [config]));
    source.sharedSockets.set(name, config);
  }
}

/** @throws ConfigError for a section that no program uses: nothing would be held */
export function checkSharedSockets(source: Source): void {
  for (const section of source.sections('socket:')) {
    const name = nameAfterColon(section);
    if (source.usedSockets.has(name)) continue;
    throw new ConfigError(`no program uses [${section.name}]: listen=socket:${name} would`, section.place);
  }
}
