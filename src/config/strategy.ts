import type { Strategy } from '../core/program.ts';
import { signalName } from '../core/signals.ts';
import { lockerIn } from './lock.ts';
import { findingOf } from './queue/commands.ts';
import { type QueueName, type QueueWord, titleOf } from './queue/profiles.ts';
import type { HandoverWord } from './values/handover-words.ts';

/** A strategy, one sentence that says why it is this one, and whose worker it is, if of a known queue. */
export type ReasonedStrategy = {
  readonly handover: Strategy;
  readonly handoverReason: string;
  readonly queue: QueueName | null;
};

/**
 * How a process is handed over. What is written counts; `auto` overlaps only where two generations are known to get along: they share
 * a held socket, or take from one queue.
 */
export function strategyOf(
  written: HandoverWord,
  queueWord: QueueWord,
  command: string,
  hasListen: boolean,
): ReasonedStrategy {
  const finding = findingOf(command);
  const queue = queueWord === 'auto' ? finding.queue : queueWord === 'none' ? null : queueWord;
  const reasoned = (handover: Strategy, handoverReason: string): ReasonedStrategy => ({
    handover,
    handoverReason,
    queue,
  });
  if (typeof written !== 'string') return reasoned('signal', `handover=signal:${bareName(written.signal)} is set`);
  if (written !== 'auto') return reasoned(written, `handover=${written} is set`);
  if (finding.alone !== null) return reasoned('replace', finding.alone);
  const locker = lockerIn(command);
  if (locker !== null) return reasoned('replace', `it holds a lock (${locker}), which only one process can have`);
  if (hasListen) return reasoned('overlap', 'legato holds its socket: both generations accept on it');
  if (queue === null) return reasoned('replace', 'without listen, nothing says that two of it can run side by side');
  const who = queueWord === 'auto' ? `it is a worker of ${titleOf(queue)}` : `queue=${queue} is set`;
  return reasoned('overlap', `${who}, and two can take from one queue`);
}

const bareName = (signal: number): string => signalName(signal).replace(/^SIG/, '');
