import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { type DaemonOptions, parseDaemonOptions } from '../config/options.ts';
import { nodeConfigHost } from '../os/config-host.ts';
import { Link, linkDescriptor, type Snapshot } from '../os/link.ts';
import { leaveSignalsToInit } from '../os/signals-of-init.ts';
import { complain, leaveWords } from '../os/standard-error.ts';
import type { InitFrame } from '../os/wire.ts';
import { adoptTrouble } from './adopt-trouble.ts';
import { print, printDump, printMessages, printSample } from './answer.ts';
import { become, becomeRequest } from './become.ts';
import type { Daemon } from './daemon.ts';
import type { Memory } from './memory.ts';
import { hasPast, shelvedIn } from './past.ts';
import { type Loader, withPlace } from './reload.ts';
import { takeReports } from './reports.ts';
import { serve } from './serve.ts';

/** Wrong usage, a wrong configuration, a socket that cannot be opened: Supervisor's code for all of these. */
export const EXIT_USAGE = 2;

/** This brain cannot go on; another one may (sysexits.h: EX_SOFTWARE). */
const EXIT_BRAIN = 70;

/** The exit code for an end before the greeting; null: the link is open, and what follows are events. */
export async function begin(argv: readonly string[], argv0: string): Promise<number | null> {
  const host = nodeConfigHost(argv0);
  const parsed = parseDaemonOptions(argv, host);
  if (!parsed.ok) return usageError(parsed.message, argv0);
  const { options } = parsed;
  if (options.action === 'help' || options.action === 'version') return print(options.action);
  if (options.action === 'sample-config') return printSample();
  // What a start would say of one program is said of the file when it is read again: nothing has to be stopped to learn it. The file is the one of the
  // start: one that is missing for a moment is not searched for elsewhere.
  const load = (file: string | null = options.configuration): ReturnType<Loader> => {
    const loaded = loadConfig({ ...options, configuration: file }, nodeConfigHost(argv0));
    const trouble = loaded.ok ? adoptTrouble(loaded.config) : null;
    return trouble === null ? loaded : { ok: false, message: trouble, place: null };
  };
  if (options.action === 'check') {
    const { checkConfig } = await import('../config/check.ts');
    const checked = checkConfig(options, host);
    const found = checked.ok ? load() : checked;
    if (!found.ok) return usageError(withPlace(found.message, found.place), argv0);
    return checked.ok ? printMessages(checked.messages) : EXIT_USAGE;
  }
  if (options.action === 'take-over') {
    const { takeOver } = await import('./take-over.ts');
    return takeOver(() => load());
  }
  const fromFile = (): ReturnType<Loader> => loadConfig(options, host);
  if (options.action !== 'dump-config') return greet(fromFile, options, load, argv0);
  const loaded = fromFile();
  return loaded.ok ? printDump(loaded.config) : usageError(withPlace(loaded.message, loaded.place), argv0);
}

/** A brain that comes after another reads no file, which may be another one by now, while it can have what that one ran with. */
async function greet(
  fromFile: Loader,
  options: DaemonOptions,
  load: (file: string) => ReturnType<Loader>,
  argv0: string,
): Promise<number | null> {
  let daemon: Daemon | null = null;
  let memory: Memory | null = null;
  /** What init says before there is a daemon to hear it. */
  const early: InitFrame[] = [];
  const link = new Link(linkDescriptor, {
    flushing: () => memory?.keep(),
    frames: (batch) => (daemon === null ? early.push(...batch) : takeReports(daemon, batch)),
    // Without init there is nothing to be a brain of.
    closed: (reason) => process.exit(reason === null ? 0 : usageError(reason.message, argv0)),
  });
  const snapshot: Snapshot = await link.greet();
  leaveSignalsToInit();
  const refuse = (message: string): number | null => {
    leaveWords(usage(message, argv0));
    // A brain that comes anew takes nothing down: init tries the next one.
    if (hasPast(snapshot)) return process.exit(EXIT_BRAIN);
    link.send({ type: 'shutdown', code: EXIT_USAGE, graceMs: 0 });
    return null;
  };
  const shelved = shelvedIn(snapshot);
  const loaded = shelved === null ? fromFile() : null;
  if (loaded !== null && !loaded.ok) return refuse(withPlace(loaded.message, loaded.place));
  const config: Config | null =
    shelved === null ? (loaded?.config ?? null) : { ...shelved.config, groups: shelved.active };
  if (config === null) return null;
  const request = becomeRequest(config.server, snapshot.init);
  if (request !== null) return refuse(await become(link, config.server, request));
  link.send({ type: 'watchdog', limitMs: Math.round(config.server.watchdog * 1000) });
  const served = await serve({
    config,
    options,
    load: () => load(config.file),
    link,
    snapshot,
    shelved,
    begun: (one) => (memory = one.memory),
  });
  if (!served.ok) return refuse(served.reason);
  daemon = served.daemon;
  const { mainLog } = daemon;
  process.on('uncaughtException', (error) => {
    mainLog.log('critical', `the brain cannot go on, init starts another one: ${error.stack ?? error.message}`);
    process.exit(EXIT_BRAIN);
  });
  if (early.length > 0) takeReports(daemon, early);
  return null;
}

/** Supervisor's two lines on standard error. */
function usageError(message: string, argv0: string): number {
  complain(usage(message, argv0));
  return EXIT_USAGE;
}

function usage(message: string, argv0: string): string {
  return `Error: ${message}\nFor help, use ${argv0} -h\n`;
}

/** The launcher beside which this brain was installed: the name by which it was called. */
export function launcher(main: string): string {
  return resolve(main, '../../../bin/legatod');
}
