import type { ProcessConfig } from '../config/config.ts';
import { type Loss, lossesOf } from '../config/wrapper-loss.ts';
import { termsOf } from '../core/terms.ts';
import { descriptorsOf } from '../os/headroom.ts';
import { whyNotWritable } from '../os/writable.ts';
import { lasting } from './adopt-trouble.ts';
import type { Daemon } from './daemon.ts';
import { speaks } from './hand.ts';
import { type Preload, preloadFor } from './preload.ts';

/** Fewer free descriptors than this are few, for init and for the brain: a generation takes up to ten of each. */
const fewDescriptors = 32;

/** What is doubtful about a handover, with what would help. It may go well all the same. */
export function warningsFor(daemon: Daemon, config: ProcessConfig): string[] {
  const preload = preloadFor(config, daemon.spawnContext);
  return [
    ...warningsOf(config, preload),
    ...wrapperWarnings(config),
    ...logWarnings(daemon, config),
    ...descriptorWarnings(daemon),
  ];
}

function warningsOf(config: ProcessConfig, preload: Preload): string[] {
  const warnings: string[] = [];
  const { handover } = termsOf(config);
  if (config.listen.length > 0 && config.listenAs === 'adopt' && preload.kind === 'without')
    warnings.push(`it cannot adopt its sockets, and no generation of it can be spawned: ${preload.why}`);
  if (config.ready.kind === 'assumed') warnings.push('nothing says when it is ready: set ready= to be sure');
  if (handover === 'overlap' && config.listen.length === 0)
    warnings.push(
      'it must not bind an address of its own: two of it run for a moment (listen= lets legato hold the socket)',
    );
  if (handover === 'replace' && config.listen.length === 0)
    warnings.push(`it is not there for a moment: with listen= connections would wait${condition(preload)}`);
  return warnings;
}

/** Under what a program without `listen` could have its sockets held: one that no library reaches must know of them itself. */
function condition(preload: Preload): string {
  return preload.kind === 'without' && lasting.has(preload.why)
    ? `, if it takes sockets that are open already (listen_mode=adopt cannot reach it: ${preload.why})`
    : '';
}

/** What a wrapper keeps from the program below it, of what that needs. */
function wrapperWarnings(config: ProcessConfig): string[] {
  const losses = lossesOf(config.command);
  const without = (kind: Loss['lost'][number]): string | undefined =>
    losses.find(({ lost }) => lost.includes(kind))?.wrapper;
  const [closing, clearing, forking] = [without('descriptors'), without('variables'), without('pid')];
  const takesSockets = config.listen.length > 0 && config.listenAs === 'fds';
  const unloading =
    config.listen.length > 0 && config.listenAs === 'adopt' ? (clearing ?? without('preload')) : undefined;
  const { kind } = config.ready;
  const warnings: string[] = [];
  if (closing !== undefined && (takesSockets || kind === 'fd' || kind === 'ipc'))
    warnings.push(`${closing} closes the descriptors from 3 on: start the program without it (user=, directory=)`);
  if (clearing !== undefined && (takesSockets || speaks(config)))
    warnings.push(
      `${clearing} clears the environment, and LISTEN_FDS or NOTIFY_SOCKET with it: set user= or environment= instead`,
    );
  if (unloading !== undefined)
    warnings.push(
      `${unloading} takes LD_PRELOAD away, and legato's library with it, so that the program binds an address that legato holds: set it in environment=`,
    );
  if (forking !== undefined && takesSockets && config.dialects.includes('systemd'))
    warnings.push(
      `LISTEN_PID is the pid of ${forking}, which is not the program's: put exec before it, or leave it out`,
    );
  return warnings;
}

/** What cannot be written is dropped, and the service does not notice. */
function logWarnings({ logs }: Daemon, config: ProcessConfig): string[] {
  return logs.pathsFor(config).flatMap((path) => {
    const why = whyNotWritable(path);
    return why === null ? [] : [`its log ${path} cannot be written: ${why}`];
  });
}

function descriptorWarnings({ init }: Daemon): string[] {
  return [
    { who: 'legato-init', pid: init.pid },
    { who: 'the brain', pid: process.pid },
  ].flatMap(({ who, pid }) => {
    const descriptors = descriptorsOf(pid);
    if (descriptors === null || descriptors.limit - descriptors.open >= fewDescriptors) return [];
    return [`${who} has ${descriptors.open} of ${descriptors.limit} descriptors open: raise its limit (ulimit -n)`];
  });
}
