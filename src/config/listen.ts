import type { ListenAddress, ListenConfig, ProcessConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Section } from './ini.ts';
import { listenKeys } from './listen-keys.ts';
import { clash, isStream, type ListenPlace, urlOf } from './listen-url.ts';
import type { Names } from './percent-format.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';
import type { Identity } from './values/account.ts';
import type { ListenWord } from './values/listen-address.ts';

type ListenReader = SectionReader<typeof listenKeys>;

/** What a program is given to listen on. */
export type Listening = Pick<ProcessConfig, 'listen' | 'listenAs' | 'dialects' | 'listenHold'>;

export const noListening: Listening = { listen: [], listenAs: 'fds', dialects: [], listenHold: true };

const keyNames = Object.keys(listenKeys);

/** systemd's first number (sd_listen_fds(3)); inherited sockets begin there, in the order they are written. */
export const firstListenFd = 3;

/**
 * The listener sockets of a [program:x], in the order they are written, and how it gets them.
 * @throws ConfigError for a name or an address that is taken, and for keys that nothing uses
 */
export function readListen(
  source: Source,
  section: Section,
  names: Names,
  programName: string,
  identity: Identity | null,
): Listening {
  // Most programs have none of the keys, and a start-up reads a hundred programs.
  if (!keyNames.some((name) => source.ini.find(section, name) !== undefined)) return noListening;
  const reader: ListenReader = new SectionReader(source, section, listenKeys, names);
  const words = reader.optional('listen') ?? [];
  const listenAs = reader.read('listen_mode');
  const dialects = reader.read('listen_dialect');
  const listenHold = reader.read('listen_hold');
  const own = {
    backlog: reader.read('listen_backlog'),
    blocking: reader.read('listen_blocking'),
    mode: reader.read('listen_chmod'),
    // As the socket of an fcgi-program: the program's user owns it, unless that is the daemon's.
    owner: reader.optional('listen_owner') ?? ownerOf(source, identity),
  };
  refuseUnused(reader, words, listenAs);
  const listen = reader.at('listen', () => {
    const all = words.map(({ name, where }, index): ListenConfig => {
      const preset = index === 0 ? programName : `${programName}-${index + 1}`;
      if (where.family !== 'shared') return { ...listenConfig(where, own), name: name ?? preset };
      const shared = shareSocket(source, where.socket);
      return { ...shared, name: name ?? shared.name };
    });
    const twice = all.find((one, index) => all.findIndex(({ name }) => name === one.name) !== index);
    if (twice !== undefined) throw new ConfigError(`two addresses in listen are named ${twice.name}`);
    claim(source, section.name, all, sharedBy(words));
    if (listenAs === 'adopt') refuseBlocking(all);
    return all;
  });
  return { listen, listenAs, dialects: listen.length === 0 || listenAs === 'adopt' ? [] : dialects, listenHold };
}

/** The names with which a command line can say the numbers of what it inherits. */
export function listenNumbers({ listen, listenAs }: Listening): readonly (readonly [string, number])[] {
  if (listenAs !== 'fds') return [];
  return listen.map(({ name }, index) => [`listen_fd_${name}`, firstListenFd + index]);
}

function ownerOf(source: Source, identity: Identity | null): { uid: number; gid: number } | null {
  return identity === null || identity.uid === source.host.uid ? null : { uid: identity.uid, gid: identity.gid };
}

type Terms = {
  readonly backlog: number;
  readonly blocking: boolean;
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
};

/** A socket without its name. */
export function listenConfig(place: ListenPlace, terms: Terms): Omit<ListenConfig, 'name'> {
  const { backlog, blocking, mode, owner } = terms;
  const address: ListenAddress = 'path' in place ? { ...place, mode, owner } : place;
  return { address, backlog, blocking };
}

function refuseUnused(reader: ListenReader, words: readonly ListenWord[], listenAs: 'fds' | 'adopt'): void {
  const own = words.flatMap(({ where }) => (where.family === 'shared' ? [] : [where]));
  const refuse = (key: string, what: string): void => {
    if (reader.raw(key) !== null) throw new ConfigError(`${key} is of no use ${what}`, reader.place(key));
  };
  const files = own.some((place) => 'path' in place && !place.path.startsWith('@'));
  if (!files) for (const key of ['listen_owner', 'listen_chmod']) refuse(key, 'without a unix socket in listen');
  if (words.length === 0) for (const key of keyNames.filter((one) => one !== 'listen')) refuse(key, 'without listen');
  if (own.length === 0) {
    for (const key of ['listen_backlog', 'listen_blocking']) {
      refuse(key, 'without an address in listen: [socket:x] has its own');
    }
  }
  if (!own.some(isStream)) refuse('listen_backlog', 'without a socket that takes connections');
  if (listenAs === 'adopt') refuse('listen_dialect', 'with listen_mode=adopt, of which the program does not know');
}

/** @throws ConfigError for sockets that the preload library cannot make one with (docs/adopt.md) */
function refuseBlocking(listen: readonly ListenConfig[]): void {
  const blocking = listen.find((one) => one.blocking);
  if (blocking === undefined) return;
  throw new ConfigError(
    `listen_mode=adopt does the waiting for the program: ${urlOf(blocking.address)} must not be held as blocking`,
  );
}

/** @throws ConfigError when there is no such section */
function shareSocket(source: Source, name: string): ListenConfig {
  const shared = source.sharedSockets.get(name);
  if (shared === undefined) {
    const known = [...source.sharedSockets.keys()].map((one) => `[socket:${one}]`).join(', ');
    throw new ConfigError(`there is no [socket:${name}]${known === '' ? '' : ` (there is ${known})`}`);
  }
  source.usedSockets.add(name);
  return shared;
}

function sharedBy(words: readonly ListenWord[]): ReadonlySet<string> {
  return new Set(words.flatMap(({ where }) => (where.family === 'shared' ? [`socket:${where.socket}`] : [])));
}

/**
 * Enters the sockets of a section; `shared` are sections whose sockets it uses.
 * @throws ConfigError for an address that another section has, or the same one twice
 */
export function claim(
  source: Source,
  section: string,
  listen: readonly ListenConfig[],
  shared: ReadonlySet<string> = new Set(),
): void {
  const own = new Set(
    [...shared].flatMap((name) => source.listens.get(name) ?? []).map(({ address }) => urlOf(address)),
  );
  // A program that is in two groups is read twice: it has its own addresses already.
  const others = [...source.listens].filter(
    ([name]) => name !== section && !shared.has(name) && !bothFcgi(name, section),
  );
  for (const [index, { address }] of listen.entries()) {
    for (const [other, theirs] of [...others, [section, listen.slice(0, index)] as const]) {
      const taken = theirs.find((one) => clash(one.address, address));
      if (taken === undefined || (other !== section && own.has(urlOf(taken.address)))) continue;
      const same = urlOf(taken.address) === urlOf(address) ? '' : ` (as ${urlOf(taken.address)})`;
      throw new ConfigError(`listen address ${urlOf(address)} is taken by [${other}]${same}${cure(other, section)}`);
    }
  }
  source.listens.set(section, listen);
}

/** Supervisor takes a file in which two of them have one socket. */
function bothFcgi(one: string, other: string): boolean {
  return [one, other].every((name) => name.startsWith('fcgi-program:'));
}

function cure(taker: string, section: string): string {
  if (taker === section) return '';
  return taker.startsWith('socket:') ? `; listen=${taker} shares it` : '; programs share one by [socket:x]';
}
