import { constants } from 'node:os';
import type { MainLog } from '../os/main-log.ts';
import type { InitFrameOf } from '../os/wire.ts';
import { waitStatus } from './wait-status.ts';

/** Why there is another brain, and the last words of the one before: the stack of one that hung, of one that ran out of memory. */
export function logFarewell(mainLog: MainLog, farewell: InitFrameOf<'farewell'> | null): void {
  if (farewell === null) return;
  mainLog.log('warn', `the brain before this one ${howItEnded(farewell)}`);
  for (const line of farewell.words.split('\n')) if (line.trim() !== '') mainLog.log('warn', `its last words: ${line}`);
}

function howItEnded({ status, hung }: InitFrameOf<'farewell'>): string {
  if (hung) return 'did not answer any more and was killed';
  const { code, signal } = waitStatus(status);
  return signal === null ? `ended with code ${code}` : `was ended by ${nameOf(signal)}`;
}

function nameOf(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
