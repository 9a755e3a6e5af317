import type { Strategy } from '../core/program.ts';
import type { Terms } from '../core/terms.ts';
import type { ListenAddress, ListenConfig, ProcessConfig, ReadyConfig, ReadyEndpoint } from './config.ts';
import { ConfigError } from './config-error.ts';
import { handoverKeys } from './handover-keys.ts';
import type { Section } from './ini.ts';
import { firstListenFd, type Listening } from './listen.ts';
import { isStream } from './listen-url.ts';
import { SpawnNames } from './marks.ts';
import type { Names } from './percent-format.ts';
import { type Usual, usualOf } from './queue/usual.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';
import { type ReasonedStrategy, strategyOf } from './strategy.ts';
import { commandOf, type HandoverWord } from './values/handover-words.ts';

/** What a process is told of its handovers. Nothing is left out. */
export type HandoverConfig = Terms &
  Pick<
    ProcessConfig,
    | 'handoverReason'
    | 'queue'
    | 'workerHook'
    | 'ready'
    | 'main'
    | 'checkCommand'
    | 'checkTimeout'
    | 'quietCommand'
    | 'watchdog'
    | 'staleFiles'
    | 'maxSurge'
    | 'maxUnavailable'
  > &
  Listening;

/** What is known of the program besides. */
export type HandoverProgram = {
  readonly listening: Listening;
  readonly stopwaitsecs: number;
  readonly startsecs: number;
  readonly stopsignal: number;
  readonly stopasgroup: boolean;
};

/**
 * Reads the handover keys of a section once, for all its processes: they share the sockets, and differ at most in the strategy that is
 * found out from the command. An event listener has no such keys.
 * @throws ConfigError
 */
export function readHandover(
  source: Source,
  section: Section,
  names: Names,
  program: HandoverProgram,
): (command: string) => HandoverConfig {
  const { listening } = program;
  const { listen } = listening;
  if (section.name.startsWith('eventlistener:')) {
    const reasoned: ReasonedStrategy = { handover: 'replace', handoverReason: listenerReason, queue: null };
    return () => ({ ...reasoned, ...listening, ...plain, ...usualOf(null, program, false, 0), workerHook: false });
  }
  // Most programs have none of the keys, and a start-up reads a hundred programs: they cost it one look for each key.
  if (listen.length === 0 && !keyNames.some((name) => source.ini.find(section, name) !== undefined)) {
    return (command) => {
      const reasoned = strategyOf('auto', 'auto', command, false);
      const usual = usualOf(reasoned.queue, program, true, plain.readyTimeout);
      return { ...reasoned, ...listening, ...plain, ...usual, workerHook: true };
    };
  }
  const reader = new SectionReader(source, section, handoverKeys, names);
  const spawnReader: HandoverReader = new SectionReader(source, section, handoverKeys, new SpawnNames(names));
  const written = reader.read('handover');
  const queueWord = reader.read('queue');
  const handoverFallback = reader.read('handover_fallback');
  reader.at('handover_fallback', () => checkFallback(handoverFallback, written));
  const workerHook = reader.read('worker_hook');
  // In the order of `plain`: two configurations are compared by their JSON.
  const rest = {
    ...listening,
    readyTimeout: reader.read('ready_timeout'),
    minReady: reader.read('min_ready'),
    checkTimeout: reader.read('check_timeout'),
    main: reader.optional('main'),
    watchdog: reader.read('watchdog'),
    maxSurge: reader.read('max_surge'),
    maxUnavailable: reader.read('max_unavailable'),
    reloadSignal: typeof written === 'string' ? plain.reloadSignal : written.signal,
    reloadTimeout: reader.read('reload_timeout'),
    handoverFallback,
  };
  reader.at('max_surge', () => checkPace(rest));
  const quietSignal = reader.optional('quiet_signal');
  const quietTimeout = readQuietTimeout(reader);
  const drainSignal = reader.optional('drain_signal');
  const drainTimeout = reader.optional('drain_timeout');
  const drainPolicy = reader.optional('drain_policy');
  const maxDraining = reader.optional('max_draining');
  return (command) => {
    const reasoned = withinPace(strategyOf(written, queueWord, command, listen.length > 0), rest.maxSurge);
    const usual = usualOf(reasoned.queue, program, workerHook, rest.readyTimeout);
    return {
      ...reasoned,
      ...rest,
      // These may differ from process to process.
      checkCommand: readCommand(spawnReader, 'check_command'),
      quietCommand: readCommand(spawnReader, 'quiet_command'),
      staleFiles: spawnReader.optional('stale_files') ?? [],
      ...usual,
      ...readReady(spawnReader, listening, program.startsecs),
      quietSignal: quietSignal ?? usual.quietSignal,
      quietTimeout: quietTimeout ?? (listen.length > 0 ? patienceOf(reasoned.handover) : usual.quietTimeout),
      drainSignal: drainSignal ?? usual.drainSignal,
      drainTimeout: drainTimeout ?? usual.drainTimeout,
      drainPolicy: drainPolicy ?? usual.drainPolicy,
      maxDraining: maxDraining ?? usual.maxDraining,
      workerHook,
    };
  };
}

/** Seconds to finish what is open, where nothing is said: with a `replace` new connections wait meanwhile. */
const patienceOf = (strategy: Strategy): number => (strategy === 'replace' ? 5 : 30);

type Pace = Pick<ProcessConfig, 'maxSurge' | 'maxUnavailable'>;

function checkPace({ maxSurge, maxUnavailable }: Pace): void {
  if (maxSurge > 0 || maxUnavailable > 0) return;
  throw new ConfigError(
    'max_surge=0 with max_unavailable=0 leaves no way to replace anything: one of them must be 1 or more',
  );
}

/** Where no generation may run beside the others, each is stopped first. */
function withinPace(reasoned: ReasonedStrategy, maxSurge: number): ReasonedStrategy {
  if (maxSurge > 0 || reasoned.handover !== 'overlap') return reasoned;
  return { ...reasoned, handover: 'replace', handoverReason: 'max_surge=0: no two of it may run at a time' };
}

type HandoverReader = SectionReader<typeof handoverKeys>;

const keyNames = Object.keys(handoverKeys);

/** What a program without any of the keys has: the defaults of the table, which a test holds against this. */
const plain = {
  readyTimeout: 30,
  minReady: 1,
  checkTimeout: 30,
  main: null,
  watchdog: 0,
  maxSurge: 1,
  maxUnavailable: 0,
  reloadSignal: 1,
  reloadTimeout: 10,
  handoverFallback: 'none',
  checkCommand: null,
  quietCommand: null,
  staleFiles: [],
} as const;

/** @throws ConfigError for one that cannot be split into words */
function readCommand(reader: HandoverReader, key: 'check_command' | 'quiet_command'): string | null {
  return reader.at(key, () => {
    const text = reader.optional(key);
    return text === null ? null : commandOf(text);
  });
}

/** null: nothing is said of a quiet step. One that has no time would be none. */
function readQuietTimeout(reader: HandoverReader): number | null {
  const steps = (['quiet_signal', 'quiet_command'] as const).filter((key) => reader.raw(key) !== null);
  const timeout = reader.optional('quiet_timeout') ?? (steps.length > 0 ? 30 : null);
  return reader.at('quiet_timeout', () => {
    if (timeout === 0 && steps.length > 0) throw new ConfigError(`quiet_timeout=0 leaves no time for ${steps.join()}`);
    return timeout;
  });
}

const listenerReason = 'an event listener is told each event once, so that no two may stand in one place';

/** What is said of readiness, by the key or by a held socket. */
function readReady(reader: HandoverReader, { listen, listenAs }: Listening, startsecs: number): Partial<Usual> {
  const written = reader.optional('ready');
  if (written === null && listen.length === 0) return {};
  const ready = written ?? { kind: 'listening' };
  reader.at('ready', () => {
    checkReady(ready, listenAs === 'fds' ? listen.length : 0, listen.length > 0);
    if (ready.kind === 'probe') checkPrivate(ready.text, ready.endpoint, listen);
  });
  return { ready, hasReadiness: ready.kind !== 'assumed', assumedAfter: startsecs };
}

/** An answer from a socket that the generations share is the old one's. */
function checkPrivate(text: string, endpoint: ReadyEndpoint, listen: readonly ListenConfig[]): void {
  const shared = listen.find(({ address }) => isSameAddress(endpoint, address));
  if (shared === undefined) return;
  throw new ConfigError(
    `ready=${text} asks an address of listen, where the old generation answers: ask one that each generation has for itself, or use ready=listening`,
  );
}

function isSameAddress(endpoint: ReadyEndpoint, address: ListenAddress): boolean {
  if (!isStream(address)) return false;
  if ('path' in address) return endpoint.kind === 'unix' && endpoint.path === address.path;
  if (endpoint.kind === 'unix' || endpoint.port !== address.port) return false;
  const { host } = address;
  if (host === '0.0.0.0' || host === '::' || host === endpoint.host) return true;
  return endpoint.host === 'localhost' && (host.startsWith('127.') || host === '::1');
}

function checkReady(ready: ReadyConfig, inherited: number, hasListen: boolean): void {
  if (ready.kind === 'listening' && !hasListen) throw new ConfigError('ready=listening is of no use without listen');
  const last = firstListenFd + inherited - 1;
  if (ready.kind === 'fd' && ready.fd <= last) {
    throw new ConfigError(
      `ready=fd:${ready.fd} is taken by listen, which begins at ${firstListenFd} and ends at ${last}`,
    );
  }
}

function checkFallback(fallback: string, written: HandoverWord): void {
  if (fallback === 'none' || typeof written !== 'string') return;
  throw new ConfigError(`handover_fallback=${fallback} is of no use with handover=${written}: it is for signal:NAME`);
}
