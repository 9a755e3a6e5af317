import { setTraceSigInt } from 'node:util';
import { removeOldAutoLogs } from '../os/auto-log.ts';
import { giveMemoryBack } from '../os/garbage.ts';
import type { Daemon } from './daemon.ts';

/** As long as this the first processes have the machine to themselves, in milliseconds. */
const pause = 100;
/** By then the first ones are RUNNING, unless they take longer than a `startsecs` of one second. */
const restAfter = 2000;

/** What a start can do without: done when the first processes are on their way. cleanup: of AUTO logs that former daemons have left. */
export function settleLater(daemon: Daemon, cleanup: boolean): void {
  setTimeout(() => {
    if (daemon.ending.begun) return;
    // init's way to ask a brain that does not answer where it is: a loop is interrupted, its stack written to standard error, and the process ends.
    setTraceSigInt(true);
    daemon.logs.openAll();
    if (cleanup) removeOldLogs(daemon);
  }, pause);
  setTimeout(() => {
    if (!daemon.ending.begun) giveMemoryBack();
  }, restAfter);
}

function removeOldLogs({ config, logs, mainLog }: Daemon): void {
  const { childlogdir, identifier } = config.server;
  for (const warning of removeOldAutoLogs(childlogdir, identifier, logs.paths())) mainLog.log('warn', warning);
}
