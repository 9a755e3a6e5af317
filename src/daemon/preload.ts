import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessConfig } from '../config/config.ts';
import { hostPortOf, isStream, type ListenPlace } from '../config/listen-url.ts';
import { type Adoptable, adoptable, type Refusal } from '../os/adoptable.ts';
import { findExecutable } from '../os/executable.ts';
import { launchedBy } from '../os/static-launcher.ts';
import type { WireHand } from '../os/wire.ts';
import { type CommandContext, directoryOf, resolveCommand } from './command.ts';
import type { HeldSocket } from './held-sockets.ts';

/**
 * Whether the preload library adopt (docs/adopt.md) reaches a program, and its build that does; or why not. `blocking`: it would be
 * caught in accept(2) on a socket that is held so. `stdin`: FastCGI, whose programs are few and blocking. `crowded`: more
 * sockets than can be handed on twice.
 */
export type Preload =
  | { readonly kind: 'with'; readonly libc: 'glibc' | 'musl' }
  | { readonly kind: 'without'; readonly why: Unreached };

/** What separates the names in LD_PRELOAD (ld.so(8)) cannot be in one. */
export const unnamable = "legato's own path has a space or a colon";

export type Unreached = Refusal | 'blocking' | 'stdin' | 'crowded' | typeof unnamable;

/** The program as it is about to be executed; a relative path is below the directory. */
export type Executed = {
  readonly path: string;
  readonly argv: readonly string[];
  readonly directory: string | null;
  readonly environment: Readonly<Record<string, string>>;
};

/** Numbers for the library, out of the way of programs that close the low ones (docs/adopt.md). */
const numbers = { page: 190, wake: 191, idle: 192, go: 193, firstSocket: 200 } as const;

/** Under which a held generation has GO, which may stand in the place of its listeners. */
export const gateNumber: number = numbers.go;

/** As many sockets as one spawn may hand on (docs/protocol.md). */
const mostHanded = 64;

/** Whether the preload library reaches the program, and for which libc; else why not. */
export function preloadOf({ listen, listenAs }: ProcessConfig, executed: Executed): Preload {
  const without = (why: Unreached): Preload => ({ kind: 'without', why });
  if (listenAs === 'stdin') return without('stdin');
  // One of them may be standard input as well.
  if (listenAs === 'fds' && 2 * listen.length >= mostHanded) return without('crowded');
  if (listen.some(({ blocking }) => blocking)) return without('blocking');
  const found = reach(executed);
  if (found.kind === 'no') return without(found.why);
  return /[ :]/.test(libraryFor(found.kind)) ? without(unnamable) : { kind: 'with', libc: found.kind };
}

/** A static launcher hands the variables on to what it executes: that is what must be reached. */
function reach({ path, argv, directory, environment }: Executed): Adoptable {
  const found = adoptable(resolve(directory ?? '.', path), environment['PATH'] ?? '');
  if (found.kind !== 'no' || (found.why !== 'static' && found.why !== 'go')) return found;
  const below = launchedBy([path, ...argv.slice(1)]);
  const [command] = below;
  if (command === undefined) return found;
  const executable = findExecutable(command, { path: environment['PATH'], directory });
  if (!executable.ok) return { kind: 'no', why: 'missing', chain: found.chain };
  return reach({ path: executable.path, argv: below, directory, environment });
}

/** The same of a process as it would be started now; a command that is not there is `missing`. */
export function preloadFor(process: ProcessConfig, context: CommandContext): Preload {
  const command = resolveCommand(process, context);
  if (!command.ok) return { kind: 'without', why: 'missing' };
  return preloadOf(process, { ...command, directory: directoryOf(process, context) });
}

/** What the library needs of init and of the environment. */
export type PreloadHand = {
  readonly sockets: WireHand['sockets'];
  readonly page: NonNullable<WireHand['page']>;
  readonly environment: Readonly<Record<string, string>>;
};

/** What is asked of the library. */
export type PreloadWish = {
  readonly sockets: readonly HeldSocket[];
  /** It accepts nothing before it is let go. */
  readonly held: boolean;
  /** The program is handed the sockets as well, non-blocking as they are, and need not bind any. */
  readonly given: boolean;
  readonly environment: Readonly<Record<string, string>>;
};

/** What init and the environment have to give a program for the library of its libc to do what is asked. */
export function preloadHand(libc: 'glibc' | 'musl', { sockets, held, given, environment }: PreloadWish): PreloadHand {
  const { page, wake, idle, go, firstSocket } = numbers;
  // The library's own copies, which no program closes. Datagrams it can only adopt.
  const own = sockets.filter(({ place }) => !given || isStream(place));
  return {
    sockets: own.map(({ key }, index) => ({ socket: key, fd: firstSocket + index })),
    page: { page, wake, idle, go: held ? go : null },
    environment: {
      // Behind what the program asks for: the libraries of sanitizers insist on being first.
      LD_PRELOAD: [environment['LD_PRELOAD'], libraryFor(libc)].filter(Boolean).join(':'),
      LEGATO_ADOPT: own.map(({ place }, index) => `${adoptName(place)}=${firstSocket + index}`).join(';'),
      LEGATO_ADOPT_PAGE: `${page},${wake},${idle}${held ? `,${go}` : ''}`,
      ...(given ? { LEGATO_ADOPT_GIVEN: 'nonblock' } : {}),
    },
  };
}

/** As docs/adopt.md writes an address: by its type and family, without the interface of a link-local one. */
function adoptName(place: ListenPlace): string {
  if ('path' in place) return `unix:${place.path}`;
  return `${place.family.slice(0, 3)}:${hostPortOf({ ...place, host: place.host.replace(/%.*/, '') })}`;
}

/** What the files of the library are called, before their libc. */
export const libraryName = '/libadopt-';

/** Beside the bundle in the installation. */
function libraryFor(libc: 'glibc' | 'musl'): string {
  return fileURLToPath(new URL(`../../lib${libraryName}${libc}.so`, import.meta.url));
}
