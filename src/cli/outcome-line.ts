import { faultCode } from '../control/contract.ts';
import { makeNamespec } from '../control/namespec.ts';
import type { Outcome } from '../control/replies.ts';
import type { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';
import { WrongValue } from './wrong-value.ts';

type Words = Readonly<Record<number, string>>;

/** A kind of command: what it says of each process. */
type Speech = {
  readonly done: string;
  readonly words: Words;
  /** A fault that says that there was nothing to do; it leaves the exit code alone. */
  readonly ignored: number | null;
  /** The fault's own text is the whole line. */
  readonly verbatim: number | null;
};

const notSuch: Words = { [faultCode.BAD_NAME]: 'no such process' };

const signalWords: Words = {
  ...notSuch,
  [faultCode.BAD_SIGNAL]: 'bad signal name',
  [faultCode.NOT_RUNNING]: 'not running',
};

export const startSpeech: Speech = {
  done: 'started',
  words: {
    ...notSuch,
    [faultCode.NO_FILE]: 'no such file',
    [faultCode.NOT_EXECUTABLE]: 'file is not executable',
    [faultCode.ALREADY_STARTED]: 'already started',
    [faultCode.SPAWN_ERROR]: 'spawn error',
    [faultCode.ABNORMAL_TERMINATION]: 'abnormal termination',
  },
  ignored: faultCode.ALREADY_STARTED,
  verbatim: null,
};

export const stopSpeech: Speech = {
  done: 'stopped',
  words: signalWords,
  ignored: faultCode.NOT_RUNNING,
  verbatim: faultCode.FAILED,
};

export const signalSpeech: Speech = {
  done: 'signalled',
  words: signalWords,
  ignored: null,
  verbatim: faultCode.FAILED,
};

export const clearSpeech: Speech = {
  done: 'cleared',
  words: { ...notSuch, [faultCode.FAILED]: 'failed' },
  ignored: null,
  verbatim: null,
};

const dead: readonly number[] = [faultCode.SPAWN_ERROR, faultCode.ABNORMAL_TERMINATION, faultCode.NOT_RUNNING];

function line(speech: Speech, namespec: string, status: number, description: string): string {
  if (status === faultCode.SUCCESS) return `${namespec}: ${speech.done}`;
  if (status === speech.verbatim) return description;
  const words = speech.words[status];
  if (words === undefined) throw new WrongValue(`Unknown result code ${status} for ${namespec}`);
  return `${namespec}: ERROR (${words})`;
}

/** Says what became of one process, and lets it bear on the exit code as supervisorctl does. */
export function tell(session: Session, speech: Speech, { group, name, status, description }: Outcome): void {
  session.out(line(speech, makeNamespec(group, name), status, description));
  if (status === speech.ignored || status === faultCode.SUCCESS) return;
  session.exitStatus = dead.includes(status) ? exitCode.notRunning : exitCode.generic;
}

/** The outcome of a call for one process that was answered with a fault. */
export function failed(group: string, name: string, { code, message }: Fault): Outcome {
  return { group, name, status: code, description: message };
}
