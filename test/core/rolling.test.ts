import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayBegin } from '../../src/core/rolling.ts';

const pace = { maxSurge: 2, maxUnavailable: 3 };

test('the canary goes alone', () => {
  assert.equal(mayBegin('overlap', { waiting: 4, going: 0, committed: 0 }, pace), 1);
  assert.equal(mayBegin('overlap', { waiting: 3, going: 1, committed: 0 }, pace), 0);
});

test('then as many go at a time as may run beyond their number, or as may be missing', () => {
  assert.equal(mayBegin('overlap', { waiting: 3, going: 0, committed: 1 }, pace), 2);
  assert.equal(mayBegin('overlap', { waiting: 2, going: 1, committed: 1 }, pace), 1);
  assert.equal(mayBegin('replace', { waiting: 5, going: 1, committed: 1 }, pace), 2);
  assert.equal(mayBegin('replace', { waiting: 1, going: 0, committed: 1 }, pace), 1);
});

test('who is stopped first is missing whatever is allowed: one at a time goes', () => {
  assert.equal(mayBegin('replace', { waiting: 3, going: 0, committed: 1 }, { maxSurge: 1, maxUnavailable: 0 }), 1);
});

test('whatever the pace, it comes to an end and never exceeds it', () => {
  const paces = fc.record({ maxSurge: fc.nat(5), maxUnavailable: fc.nat(5) });
  fc.assert(
    fc.property(fc.nat(20), paces, fc.constantFrom('overlap', 'replace', 'none'), (total, some, strategy) => {
      let [waiting, going, committed] = [total, 0, 0];
      for (let turn = 0; waiting + going > 0; turn += 1) {
        assert.ok(turn <= 2 * total);
        const begun = mayBegin(strategy, { waiting, going, committed }, some);
        waiting -= begun;
        going += begun;
        assert.ok(going >= 1 && going <= Math.max(1, strategy === 'overlap' ? some.maxSurge : some.maxUnavailable));
        going -= 1;
        committed += 1;
      }
      assert.equal(committed, total);
    }),
  );
});
