import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DrainCause,
  type DrainGuard,
  type DrainPhase,
  drainStart,
  drainTable,
  type NextCause,
  type NextGuard,
  type NextPhase,
  nextTable,
} from '../src/core/handover.ts';
import { type Cause, type Guard, type Phase, stateOf, table } from '../src/core/process.ts';
import { reloadTable } from '../src/core/reload.ts';

/*
 * Draws docs/states.md from the tables of the automata: `node scripts/states.ts`. A test compares the page with the tables.
 */

const phases = Object.keys(table) as Phase[];
const nextPhases = Object.keys(nextTable) as NextPhase[];
const nextCauses = Object.keys(nextTable.vacating) as NextCause[];
const drainPhases = Object.keys(drainTable) as DrainPhase[];
const drainCauses = Object.keys(drainTable.draining) as DrainCause[];

type Question = Guard | NextGuard | DrainGuard;

/** How a guard reads when it says yes and when it says no. */
const words: { readonly [G in Question]: readonly [yes: string, no: string] } = {
  young: ['before startsecs', 'up for startsecs'],
  'retries-left': ['retries left', 'no retries left'],
  restart: ['autorestart', 'no autorestart'],
  wanted: ['start came meanwhile', 'wanted down'],
  succession: ['handover under way', 'no handover'],
  others: ['other generations live', 'no others'],
  'died-young': ['died before startsecs', 'had been up'],
  assumed: ['readiness assumed', 'readiness wanted'],
  patient: ['beside a current one and patient', 'else'],
  kept: ['policy keep', 'policy kill'],
  'main-gone': ['main process gone', 'main process there'],
  quiets: ['has a quiet step', 'no quiet step'],
};

/** What all three tables are made of: a name, a path, or a question with two ways on. */
type Way = string | readonly string[] | { readonly ask: Question; readonly yes: Way; readonly no: Way };
type Table = { readonly [phase: string]: { readonly [cause: string]: Way } };
type Outcome = { readonly conditions: readonly string[]; readonly path: readonly string[] };

const isFork = (way: Way): way is Extract<Way, { ask: Question }> => typeof way === 'object' && 'ask' in way;

function outcomesOf(way: Way): Outcome[] {
  if (!isFork(way)) return [{ conditions: [], path: typeof way === 'string' ? [way] : way }];
  const [yes, no] = words[way.ask];
  const under = (condition: string, next: Way): Outcome[] =>
    outcomesOf(next).map(({ conditions, path }) => ({ conditions: [condition, ...conditions], path }));
  return [...under(yes, way.yes), ...under(no, way.no)];
}

function outcomes(cell: Way): Outcome[] {
  return cell === 'stay' || cell === 'refused' || cell === 'impossible' ? [] : outcomesOf(cell);
}

const nodeOf = (phase: string): string => phase.replaceAll('-', '_');

function arrowsOf(drawn: Table): string[] {
  const lines: string[] = [];
  for (const [phase, row] of Object.entries(drawn)) {
    const arrows = new Map<string, Set<string>>();
    for (const [cause, cell] of Object.entries(row)) {
      for (const { path } of outcomes(cell)) {
        const to = path.at(-1) ?? phase;
        arrows.set(to, (arrows.get(to) ?? new Set()).add(cause));
      }
    }
    for (const [to, labels] of arrows) lines.push(`  ${nodeOf(phase)} --> ${nodeOf(to)}: ${[...labels].join(', ')}`);
  }
  return lines;
}

function diagram(): string[] {
  const lines = ['```mermaid', 'stateDiagram-v2', '  [*] --> stopped'];
  for (const state of new Set(phases.map((phase) => stateOf[phase]))) {
    lines.push(`  state ${state} {`);
    for (const phase of phases) if (stateOf[phase] === state) lines.push(`    ${nodeOf(phase)}: ${phase}`);
    lines.push('  }');
  }
  return [...lines, ...arrowsOf(table), '```'];
}

function smallDiagram(drawn: Table, starts: readonly string[]): string[] {
  const names = Object.keys(drawn).map((phase) => `  ${nodeOf(phase)}: ${phase}`);
  const begin = starts.map((phase) => `  [*] --> ${nodeOf(phase)}`);
  return ['```mermaid', 'stateDiagram-v2', ...names, ...begin, ...arrowsOf(drawn), '```'];
}

function cellText(cell: Way): string {
  if (cell === 'impossible') return '·';
  if (cell === 'stay' || cell === 'refused') return `*${cell}*`;
  return outcomes(cell)
    .map(({ conditions, path }) => `${conditions.length > 0 ? `${conditions.join(', ')}: ` : ''}${path.join(' → ')}`)
    .join('<br>');
}

function grid(drawn: Table, rows: readonly string[], heading: readonly string[]): string[] {
  const text = (phase: string, cause: string): string => cellText(drawn[phase]?.[cause] ?? 'impossible');
  return [
    `| phase | ${heading.join(' | ')} |`,
    `|---|${heading.map(() => '---|').join('')}`,
    ...rows.map((phase) => `| **${phase}** | ${heading.map((cause) => text(phase, cause)).join(' | ')} |`),
  ];
}

/** The text of docs/states.md. */
export function statesPage(): string {
  const page = (heading: readonly Cause[]): string[] => grid(table, phases, heading);
  return [
    '# States of a process',
    '',
    'Drawn by `scripts/states.ts` from the tables in `src/core/process.ts`, `handover.ts` and `reload.ts`; the theory of operation is at the',
    'heads of these files.',
    '',
    'Boxes are Supervisor’s states, what is inside them are the phases legato distinguishes. An arrow is labelled with what is heard;',
    'where it depends on more, the tables below say on what. `ended` is `exited` and `empty` known at once.',
    '',
    ...diagram(),
    '',
    '## Commands',
    '',
    '*stay*: nothing happens at once; who asked is answered when it has come true. *refused*: ALREADY_STARTED or NOT_RUNNING.',
    '',
    ...page(['start', 'stop', 'shutdown']),
    '',
    '## Reports of init',
    '',
    'A dot is impossible: it is logged and changes nothing. An arrow in a cell is a path: every phase of it is entered, every change of state published.',
    '',
    ...page(['spawned', 'spawn-failed', 'exited', 'ended', 'empty']),
    '',
    '## A handover',
    '',
    '`overlap` and `replace` begin one; `promoted`: the next generation is the current one from now on.',
    '',
    ...page(['overlap', 'replace', 'promoted']),
    '',
    '## The rest',
    '',
    '`deadline`: the process’s one deadline has come. `outlived`: the process that was told to stop is gone, and the wrapper above it is not. `unhealthy`: it has said for too long nothing to its watchdog. `quieted`: it has finished what it had open.',
    '',
    ...page(['deadline', 'outlived', 'unhealthy', 'quieted']),
    '',
    '# States of a next generation',
    '',
    'It leaves its table as the current one (`committed`), with nothing left of it (`gone`), or as one that drains (`retired`).',
    '',
    ...smallDiagram(nextTable, ['vacating']),
    '',
    ...grid(nextTable, nextPhases, nextCauses.slice(0, 5)),
    '',
    ...grid(nextTable, nextPhases, nextCauses.slice(5)),
    '',
    '# States of a draining generation',
    '',
    `It begins with: ${cellText(drainStart).replaceAll('<br>', '; ')}.`,
    '',
    ...smallDiagram(
      drainTable,
      outcomes(drainStart).flatMap(({ path }) => path),
    ),
    '',
    ...grid(drainTable, drainPhases, drainCauses),
    '',
    '# States of a reload',
    '',
    'A handover by a signal to the current generation. It ends as `reloaded`, as `failed` (its fallback has its turn), or `given_up`.',
    '',
    ...smallDiagram(reloadTable, ['signalling']),
    '',
    ...grid(reloadTable, Object.keys(reloadTable), Object.keys(reloadTable.signalling)),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'states.md'), statesPage());
