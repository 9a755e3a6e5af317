import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type DrainCause,
  type DrainCell,
  type DrainPhase,
  drainTable,
  type NextCause,
  type NextCell,
  type NextPhase,
  nextTable,
} from '../../src/core/handover.ts';

const nextPhases = Object.keys(nextTable) as NextPhase[];
const nextCauses = Object.keys(nextTable.vacating) as NextCause[];
const drainPhases = Object.keys(drainTable) as DrainPhase[];
const drainCauses = Object.keys(drainTable.draining) as DrainCause[];

const nextOutcomes = (cell: NextCell): readonly string[] =>
  typeof cell === 'string' ? [cell] : [...nextOutcomes(cell.yes), ...nextOutcomes(cell.no)];
const drainOutcomes = (cell: DrainCell): readonly string[] =>
  typeof cell === 'string' ? [cell] : [...drainOutcomes(cell.yes), ...drainOutcomes(cell.no)];

const forward: readonly string[] = ['vacating', 'spawning', 'readying', 'settling', 'doubted'];

test('only what has settled is committed, and only by its deadline', () => {
  for (const phase of nextPhases) {
    for (const cause of nextCauses) {
      const commits = nextOutcomes(nextTable[phase][cause]).includes('committed');
      assert.equal(commits, phase === 'settling' && cause === 'deadline', `${phase} on ${cause}`);
    }
  }
});

test('a next generation can be given up in every phase, and never comes back', () => {
  for (const phase of nextPhases) {
    assert.notEqual(nextTable[phase].undo, 'impossible', phase);
    if (forward.includes(phase)) continue;
    for (const cause of nextCauses) {
      for (const to of nextOutcomes(nextTable[phase][cause])) assert.ok(!forward.includes(to), `${phase} on ${cause}`);
    }
  }
});

test('a generation is gone by init’s word alone, or before it was there', () => {
  const byInit = ['ended', 'empty', 'spawn-failed'];
  for (const phase of nextPhases) {
    for (const cause of nextCauses) {
      if (!nextOutcomes(nextTable[phase][cause]).includes('gone')) continue;
      assert.ok(byInit.includes(cause) || phase === 'vacating', `${phase} on ${cause}`);
    }
  }
  for (const phase of drainPhases) {
    for (const cause of drainCauses) {
      if (drainOutcomes(drainTable[phase][cause]).includes('gone'))
        assert.ok(byInit.includes(cause), `${phase} on ${cause}`);
    }
  }
});

test('a draining generation can be ended and killed in every phase', () => {
  for (const phase of drainPhases) {
    assert.match(drainOutcomes(drainTable[phase].stop).join(), /^(ending|stay)$/);
    assert.match(drainOutcomes(drainTable[phase].crowded).join(), /^(killing|stay)$/);
  }
});
