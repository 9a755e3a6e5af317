import { words } from '../config/python-text.ts';
import { faultCode, runningCode } from '../control/contract.ts';
import { processStatus } from '../control/replies.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { copyStream, untilInterrupted } from './follow.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

const help = ['fg <process>\tConnect to a process in foreground mode', '\t\tCtrl-C to exit'];

/** How a fault is shown by itself (Python's str of it). */
const faultText = ({ code, message }: Fault): string => `ERROR: <Fault ${code}: '${message}'>`;

/** What to say before `fg` ends because of it; null: it goes on. */
async function send(session: Session, name: string, line: string): Promise<string | null> {
  try {
    await session.call('sendProcessStdin', name, `${line}\n`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code === faultCode.NOT_RUNNING ? 'Process got killed' : faultText(error);
  }
  return (await isRunning(session, name)) ? null : 'Process got killed';
}

async function isRunning(session: Session, name: string): Promise<boolean> {
  return processStatus(await session.call('getProcessInfo', name)).state === runningCode;
}

/** Sends lines of stdin to the process until there are no more, ^C, or the process is gone. */
async function sendLines(session: Session, name: string, signal: AbortSignal): Promise<void> {
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: process.stdin });
  signal.addEventListener('abort', () => lines.close(), { once: true });
  try {
    for await (const line of lines) {
      const trouble = await send(session, name, line);
      if (trouble === null) continue;
      session.out(trouble);
      return;
    }
  } finally {
    lines.close();
  }
}

async function connect(session: Session, name: string): Promise<void> {
  session.out('==> Press Ctrl-C to exit <==');
  await untilInterrupted(async (interrupt) => {
    const over = new AbortController();
    const signal = AbortSignal.any([interrupt, over.signal]);
    const copies = [`/logtail/${name}/stdout`, `/logtail/${name}/stderr`].map((path) =>
      copyStream(session, path, signal),
    );
    // They may end before there are no more lines; that is told at the end.
    const copied = Promise.allSettled(copies);
    await sendLines(session, name, interrupt);
    session.out('Exiting foreground');
    over.abort();
    await copied;
    await Promise.all(copies);
  });
}

export const fg: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const [name, ...more] = words(argument);
    if (name === undefined) return session.fail(exitCode.generic, 'ERROR: no process name supplied', ...help);
    if (more.length > 0) return session.fail(exitCode.generic, 'ERROR: too many process names supplied');
    try {
      if (await isRunning(session, name)) return await connect(session, name);
      session.fail(exitCode.generic, 'ERROR: process not running');
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === faultCode.BAD_NAME) session.fail(exitCode.generic, 'ERROR: bad process name supplied');
      else session.out(faultText(error));
    }
  },
};
