import { stdoutResultHandler } from '../config/listener.ts';
import { LogFile } from '../os/log-file.ts';

/** What a listener's answer means. unjudged: the handler can make nothing of it. */
export type Verdict = 'accepted' | 'rejected' | 'unjudged';

/** Supervisor's default: the one word OK accepts an event. */
export function defaultVerdict(body: Buffer, length: number): Verdict {
  return length === 2 && body.toString('latin1') === 'OK' ? 'accepted' : 'rejected';
}

export function writesToStdout(resultHandler: string): boolean {
  return resultHandler === stdoutResultHandler;
}

/** The lines of a PROCESS_LOG event, each behind `name channel | ` as the plugin supervisor-stdout prints them; null: it is none. */
export function prefixed(body: Buffer): Buffer | null {
  const end = body.indexOf('\n');
  if (end < 0) return null;
  const tokens = new Map(
    body
      .subarray(0, end)
      .toString('utf8')
      .split(' ')
      .map((token) => [token.slice(0, token.indexOf(':')), token.slice(token.indexOf(':') + 1)]),
  );
  const [name, channel] = [tokens.get('processname'), tokens.get('channel')];
  if (name === undefined || channel === undefined) return null;
  // The plugin prints one more prefix where the output ends in a line end.
  const lines = body
    .subarray(end + 1)
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n');
  return Buffer.from(lines.map((line) => `${name} ${channel} | ${line}\n`).join(''));
}

/** legato's own stdout as the place where listeners' answers go. */
export class Console {
  #sink: LogFile | null = null;
  readonly #onTrouble: (text: string) => void;

  constructor(onTrouble: (text: string) => void) {
    this.#onTrouble = onTrouble;
  }

  /** False, when it is full: nothing more should be written until `whenWritable` calls. */
  write(bytes: Buffer): boolean {
    this.#sink ??= new LogFile({ path: '/dev/stdout', maxbytes: 0, backups: 0 }, this.#onTrouble);
    return this.#sink.write(bytes);
  }

  whenWritable(call: () => void): void {
    this.#sink?.whenWritable(call);
  }
}
