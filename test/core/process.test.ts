import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cause, type Cell, type Phase, stateOf, table, type Way } from '../../src/core/process.ts';

const phases = Object.keys(table) as Phase[];
const causes = Object.keys(table.stopped) as Cause[];

function pathsOf(way: Way): (readonly Phase[])[] {
  return 'ask' in way ? [...pathsOf(way.yes), ...pathsOf(way.no)] : [way];
}

function outcomes(cell: Cell): (readonly Phase[])[] {
  if (typeof cell !== 'string') return pathsOf(cell);
  return cell === 'stay' || cell === 'refused' || cell === 'impossible' ? [] : [[cell]];
}

/** Every way through the table: where from, on what, through which phases. */
const ways = phases.flatMap((from) =>
  causes.flatMap((cause) => outcomes(table[from][cause]).map((path) => ({ from, cause, path }))),
);

const withoutGeneration: readonly Phase[] = ['stopped', 'backoff', 'exited', 'fatal'];

test('a command is never impossible: it is taken or refused', () => {
  for (const phase of phases) {
    for (const cause of ['start', 'stop', 'shutdown'] as const)
      assert.notEqual(table[phase][cause], 'impossible', `${phase} ${cause}`);
    assert.notEqual(table[phase].shutdown, 'refused');
  }
});

test('every phase can be reached, and every phase can be stopped or is', () => {
  const reached = new Set<Phase>(['stopped']);
  for (const phase of reached)
    for (const { path } of ways.filter(({ from }) => from === phase)) for (const to of path) reached.add(to);
  assert.deepEqual([...reached].toSorted(), phases.toSorted());
  for (const phase of phases) {
    if (table[phase].stop === 'refused') assert.match(stateOf[phase], /STOPPED|EXITED|FATAL/);
  }
});

test('a generation ends by init’s word alone', () => {
  for (const { from, cause, path } of ways) {
    if (withoutGeneration.includes(from)) continue;
    if (path.some((to) => withoutGeneration.includes(to))) {
      assert.ok(cause === 'ended' || cause === 'empty' || cause === 'spawn-failed', `${from} on ${cause}`);
    }
  }
});

test('a successor is spawned only where no generation is', () => {
  for (const { from, cause, path } of ways) {
    if (!path.includes('spawning')) continue;
    const isFree =
      withoutGeneration.includes(from) || cause === 'ended' || cause === 'empty' || cause === 'spawn-failed';
    assert.ok(isFree, `${from} on ${cause}`);
  }
});

test('refused is a matter of Supervisor’s states: start of running ones, stop of stopped ones', () => {
  for (const phase of phases) {
    assert.equal(table[phase].start === 'refused', /STARTING|RUNNING|BACKOFF/.test(stateOf[phase]), phase);
    assert.equal(table[phase].stop === 'refused', ['stopped', 'exited', 'fatal'].includes(phase), phase);
  }
});
