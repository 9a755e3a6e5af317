import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../src/os/pace.ts';
import { until } from '../support/namespace/until.ts';

test('who is looked at is looked at until it has nothing more, all at one tick, and may come back', async () => {
  const pace = new Pace();
  const seen: string[] = [];
  const left = { a: 3, b: 1 };
  const look = (name: 'a' | 'b') => (): boolean => {
    seen.push(name);
    left[name] -= 1;
    return left[name] > 0;
  };
  const again = look('a');
  pace.add(again);
  pace.add(look('b'));
  await until('the last look', () => left.a === 0);
  assert.deepEqual(seen, ['a', 'b', 'a', 'a']);
  left.a = 1;
  pace.add(again);
  await until('the look', () => left.a === 0);
});

test('who is removed is not looked at', async () => {
  const pace = new Pace();
  const gone = (): boolean => assert.fail('it was removed');
  let looks = 0;
  pace.add(gone);
  pace.add(() => {
    looks += 1;
    return looks < 2;
  });
  pace.remove(gone);
  await until('the other', () => looks === 2);
});
