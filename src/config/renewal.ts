import type { ProcessConfig, StreamConfig } from './config.ts';

/** What a change needs: nothing to be changed, no new process, or one. */
export type Change = 'none' | 'in place' | 'renewal';

/** Keys that say what the supervisor does with a process, and nothing of what is executed, are in place: a running one has them at once. */
const needs: Readonly<Record<keyof ProcessConfig, Exclude<Change, 'none'>>> = {
  program: 'in place',
  priority: 'in place',
  autostart: 'in place',
  autorestart: 'in place',
  exitcodes: 'in place',
  startsecs: 'in place',
  startretries: 'in place',
  stopsignal: 'in place',
  stopwaitsecs: 'in place',
  stopasgroup: 'in place',
  killasgroup: 'in place',
  handover: 'in place',
  handoverReason: 'in place',
  queue: 'in place',
  ready: 'in place',
  main: 'in place',
  listenHold: 'in place',
  checkCommand: 'in place',
  checkTimeout: 'in place',
  quietCommand: 'in place',
  quietSignal: 'in place',
  staleFiles: 'in place',
  hasReadiness: 'in place',
  assumedAfter: 'in place',
  readyTimeout: 'in place',
  minReady: 'in place',
  quietTimeout: 'in place',
  drainSignal: 'in place',
  drainAsGroup: 'in place',
  drainTimeout: 'in place',
  drainPolicy: 'in place',
  reloadSignal: 'in place',
  reloadTimeout: 'in place',
  handoverFallback: 'in place',
  maxDraining: 'in place',
  maxSurge: 'in place',
  maxUnavailable: 'in place',
  key: 'renewal',
  group: 'renewal',
  name: 'renewal',
  command: 'renewal',
  directory: 'renewal',
  identity: 'renewal',
  umask: 'renewal',
  environment: 'renewal',
  redirectStderr: 'renewal',
  stdout: 'renewal',
  stderr: 'renewal',
  serverurl: 'renewal',
  workerHook: 'renewal',
  listen: 'renewal',
  listenAs: 'renewal',
  dialects: 'renewal',
  watchdog: 'renewal',
};

const isKey = (key: string): key is keyof ProcessConfig => Object.hasOwn(needs, key);

const handed: ReadonlySet<string> = new Set(['notify', 'ipc']);

/** What a generation is given at its spawn because of a key that is in place else. */
const given: { readonly [K in keyof ProcessConfig]?: (config: ProcessConfig) => string } = {
  // A notify socket, a descriptor, Node's channel.
  ready: ({ ready }) => (ready.kind === 'fd' ? `fd ${ready.fd}` : handed.has(ready.kind) ? ready.kind : ''),
  // The hook, a name for its node.
  queue: ({ queue }) => (queue === 'celery' ? queue : ''),
};

/** Of a log: when it is rotated. Where it is needs a new process, which then has its own. */
const inPlaceOfStream: ReadonlySet<string> = new Set<keyof StreamConfig>(['maxbytes', 'backups']);

/** What it takes to turn one configuration of a process into another. Both were made by the same code, so that equal ones are equal as JSON. */
export function changeOf(active: ProcessConfig, wanted: ProcessConfig): Change {
  const keys = differing(active, wanted);
  if (keys.length === 0) return 'none';
  return keys.every((key) => isInPlace(key, active, wanted) || isRotation(key, active, wanted))
    ? 'in place'
    : 'renewal';
}

function isInPlace(key: string, active: ProcessConfig, wanted: ProcessConfig): boolean {
  if (!isKey(key) || needs[key] === 'renewal') return false;
  const gives = given[key];
  return gives === undefined || gives(active) === gives(wanted);
}

function isRotation(key: string, active: ProcessConfig, wanted: ProcessConfig): boolean {
  if (key !== 'stdout' && key !== 'stderr') return false;
  return differing(active[key], wanted[key]).every((part) => inPlaceOfStream.has(part));
}

/** The names under which two plain values differ. */
function differing(one: object, other: object): string[] {
  const after = new Map(Object.entries(other));
  const before = new Map(Object.entries(one));
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
  );
}
