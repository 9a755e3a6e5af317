import { words } from '../config/python-text.ts';
import { downOnPurpose } from '../control/contract.ts';
import { handoverPlan, handoverReport } from '../control/handover-reply.ts';
import { listOf, processStatus } from '../control/replies.ts';
import { Fault, type Value } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { abortWords, finishWords, tellFault } from './handover-faults.ts';
import { planLines, reportLines } from './handover-lines.ts';
import { expand } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

const help = [
  'handover <name>\t\tReplace a process without an interruption',
  'handover <gname>:*\tReplace all processes of a group that run: the first one of each program, then its others, until one fails',
  'handover all\t\tReplace all processes that run',
  '  --strategy NAME\toverlap or replace, instead of what is configured',
  '  --timeout SECONDS\tfor the next generation to become ready',
  '  --dry-run\t\tsay how it would be done, and why; touch nothing',
  '  --abort\t\tgive a handover up that has not committed',
  '  --finish\t\twait no longer for what drains: its stop signal now, SIGKILL if it has had that',
  '  --json\t\tprint the report as JSON',
];

const strategies: ReadonlySet<string> = new Set(['overlap', 'replace']);

type Options = {
  readonly names: string[];
  strategy: string;
  timeout: number;
  dryRun: boolean;
  abort: boolean;
  finish: boolean;
};

/** The words after the verb, or what is wrong with them. */
function parse(argument: string): Options | string {
  const options: Options = { names: [], strategy: '', timeout: 0, dryRun: false, abort: false, finish: false };
  const rest = words(argument);
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--dry-run') options.dryRun = true;
    else if (word === '--abort') options.abort = true;
    else if (word === '--finish') options.finish = true;
    else if (word === '--strategy') {
      options.strategy = rest.shift() ?? '';
      if (!strategies.has(options.strategy))
        return `Error: bad strategy '${options.strategy}': one of ${[...strategies].join(', ')}`;
    } else if (word === '--timeout') {
      const seconds = rest.shift() ?? '';
      if (!/^[1-9]\d{0,5}$/.test(seconds)) return `Error: bad timeout '${seconds}': a number of seconds from 1 on`;
      options.timeout = Number(seconds);
    } else if (word.startsWith('-')) return `Error: bad option '${word}'`;
    else options.names.push(word);
  }
  return options.names.length === 0 ? 'Error: handover requires a process name' : options;
}

/** What was answered for all names; null, and said, where one of them is nobody's: nothing was touched then. */
async function askAll<T>(
  session: Session,
  method: string,
  names: readonly string[],
  params: readonly Value[],
  read: (value: Value) => T,
): Promise<T[] | null> {
  try {
    return listOf(await session.client().call(method, names.join(' '), ...params), read);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await tellFault(session, names, error);
    return null;
  }
}

/** `all` is what is not down on purpose. */
async function namesOf(session: Session, { names, abort, finish }: Options): Promise<readonly string[]> {
  if (!names.includes('all')) return (await expand(session, names)).flat();
  const all = listOf(await session.call('getAllProcessInfo'), processStatus);
  const meant = abort || finish ? all : all.filter(({ statename }) => !downOnPurpose.has(statename));
  return meant.map(({ group, name }) => `${group}:${name}`);
}

/** A command that is only done or not. */
type Command = { readonly method: string; readonly done: string; readonly words: Readonly<Record<number, string>> };

const abort: Command = { method: 'legato.abortHandover', done: 'handover given up', words: abortWords };
const finish: Command = {
  method: 'legato.finishHandover',
  done: 'what drained is waited for no longer',
  words: finishWords,
};

/** texts: what the daemon is asked for, by what it is called here. */
async function command(
  session: Session,
  texts: ReadonlyMap<string, string>,
  { method, done, words: meanings }: Command,
): Promise<void> {
  for (const [name, text] of texts) {
    try {
      await session.client().call(method, text);
      session.out(`${name}: ${done}`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      await tellFault(session, [name], error, meanings);
    }
  }
}

export const handover: Verb = {
  help,
  completes: 'processes',
  json: true,
  run: async (session, argument) => {
    const options = parse(argument);
    if (typeof options === 'string') return session.fail(exitCode.invalidArguments, options, ...help);
    if (!(await session.isUp())) return;
    const { strategy, timeout, dryRun } = options;
    const { json } = session;
    const names = await namesOf(session, options);
    // What was selected and is nobody's state is nothing to do.
    if (names.length === 0) return;
    const isAll = options.names.includes('all');
    const texts = new Map(isAll ? [['all', names.join(' ')]] : names.map((name) => [name, name]));
    if (options.abort) return command(session, texts, abort);
    if (options.finish) return command(session, texts, finish);
    if (dryRun) {
      const plans = await askAll(session, 'legato.planHandover', names, [strategy], handoverPlan);
      if (plans === null) return;
      if (json) session.outJson(plans);
      else session.out(...plans.flatMap(planLines));
      return;
    }
    const reports = await askAll(session, 'legato.handover', names, [timeout, strategy], handoverReport);
    if (reports === null) return;
    if (json) session.outJson(reports);
    else session.out(...reports.flatMap(reportLines));
    if (!reports.every(({ ok }) => ok)) session.exitStatus = exitCode.generic;
  },
};
