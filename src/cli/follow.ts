import { ProtocolError } from '../control/client.ts';
import type { Session } from './session.ts';

/** Runs something that ^C ends. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  const abort = (): void => interrupted.abort();
  process.once('SIGINT', abort);
  try {
    await run(interrupted.signal);
  } finally {
    process.off('SIGINT', abort);
  }
}

/** Copies a log stream to stdout, byte for byte, until the signal. That there is no such log is said on stderr. */
export async function copyStream(session: Session, path: string, signal: AbortSignal): Promise<void> {
  try {
    await session.client().follow(encodeURI(path), (data) => process.stdout.write(data), signal);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    process.stderr.write(`${session.serverurl}${path} Cannot read, status code ${error.status}\n`);
  }
}

/** `tail -f`: a log stream until ^C. */
export async function follow(session: Session, path: string): Promise<void> {
  session.out('==> Press Ctrl-C to exit <==');
  await untilInterrupted(async (signal) => {
    await copyStream(session, path, signal);
    if (signal.aborted) session.out('');
  });
}
