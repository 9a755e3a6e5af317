import type { ProcessKey } from '../core/program.ts';
import { faultCode } from './contract.ts';
import { makeNamespec } from './namespec.ts';
import type { ProcessInfo, Supervisor } from './supervisor.ts';
import { Fault, type Struct } from './value.ts';

/** What a command for several processes does to each; `name` is the one for fault texts. */
export type ForEach = (key: ProcessKey, info: ProcessInfo, name: string) => true | Promise<true>;

function outcome({ group, name }: ProcessInfo, result: true | Fault): Struct {
  return result === true
    ? { name, group, status: faultCode.SUCCESS, description: 'OK' }
    : { name, group, status: result.code, description: result.message };
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  throw error;
}

/**
 * Does it to all that `which` lets through, at once and not one after the other, and tells what became of each.
 * Those that are refused at once come first (as in Supervisor), then the others in the order given.
 */
export async function outcomes(
  supervisor: Supervisor,
  keys: readonly ProcessKey[],
  which: (info: ProcessInfo) => boolean,
  each: ForEach,
): Promise<readonly Struct[]> {
  const refused: Struct[] = [];
  const begun: Promise<Struct>[] = [];
  for (const key of keys) {
    const info = supervisor.process(key);
    if (info === undefined || !which(info)) continue;
    try {
      const result = Promise.resolve(each(key, info, makeNamespec(info.group, info.name)));
      begun.push(
        result.then(
          (done) => outcome(info, done),
          (error: unknown) => outcome(info, faultOf(error)),
        ),
      );
    } catch (error) {
      refused.push(outcome(info, faultOf(error)));
    }
  }
  return [...refused, ...(await Promise.all(begun))];
}

/** Every process by ascending priority of group, then its own. */
export function allKeys(supervisor: Supervisor): readonly ProcessKey[] {
  return supervisor.groups().flatMap(({ processes }) => processes);
}
