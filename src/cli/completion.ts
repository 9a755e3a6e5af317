import { listOf, type ProcessStatus, processStatus } from '../control/replies.ts';
import type { Session } from './session.ts';
import { verbs } from './verbs.ts';

function groups(processes: readonly ProcessStatus[]): string[] {
  return [...new Set(processes.map(({ group }) => group))];
}

/** A process is offered by its short name until a colon says that the long one is meant. */
function names(processes: readonly ProcessStatus[], word: string): string[] {
  const offered = processes.flatMap(({ group, name }) =>
    word.includes(':') || name !== group ? [`${group}:${name}`, `${group}:*`] : [name],
  );
  return [...new Set(offered)];
}

/** What may stand where the last word of a line stands: verbs first, then what the verb takes. */
export async function candidates(session: Session, line: string): Promise<readonly [readonly string[], string]> {
  const [verb = '', ...rest] = line.trimStart().split(/\s+/);
  const word = rest.at(-1) ?? verb;
  const completes = rest.length === 0 ? 'verbs' : verbs[verb]?.completes;
  let offered: readonly string[] = [];
  if (completes === 'verbs') offered = Object.keys(verbs);
  else if (completes !== undefined) {
    const processes = listOf(await session.call('getAllProcessInfo'), processStatus);
    offered = completes === 'groups' ? groups(processes) : names(processes, word);
  }
  return [offered.filter((each) => each.startsWith(word)).map((each) => `${each} `), word];
}
