import { signalName } from '../core/signals.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';

/**
 * A signal that was sent to init, or to a shim by its service (`kill -QUIT $PPID`): both mean the daemon, as in Supervisor.
 * Any other signal (USR1 among them, which would end Supervisor) is ignored.
 */
export function receive(daemon: Daemon, { signal, generation }: InitFrameOf<'received'>): void {
  const sender = daemon.generations.get(generation)?.process;
  const from = sender === undefined ? '' : ` (sent by '${sender}')`;
  const name = signalName(signal);
  if (name === 'SIGTERM' || name === 'SIGINT' || name === 'SIGQUIT') {
    daemon.mainLog.log('warn', `received ${name} indicating exit request${from}`);
    daemon.ending.begin();
  } else if (name === 'SIGHUP') {
    if (daemon.hall.world.mood === 'stopping') {
      daemon.mainLog.log('warn', 'ignored SIGHUP indicating restart request (shutdown in progress)');
      return;
    }
    daemon.mainLog.log('warn', `received SIGHUP indicating restart request${from}`);
    daemon.reload.run();
  } else if (name === 'SIGUSR2') {
    daemon.mainLog.log('info', `received SIGUSR2 indicating log reopen request${from}`);
    daemon.reopenLogs();
  }
}
