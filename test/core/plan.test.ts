import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareMembers, comparePlans } from '../../src/core/plan.ts';

type Thing = { name: string; value: number };
const same = (a: Thing, b: Thing): boolean => a.value === b.value;

test('a plan is compared by name and then by value', () => {
  const active = [
    { name: 'kept', value: 1 },
    { name: 'changed', value: 1 },
    { name: 'removed', value: 1 },
  ];
  const wanted = [
    { name: 'new', value: 1 },
    { name: 'changed', value: 2 },
    { name: 'kept', value: 1 },
  ];
  assert.deepEqual(comparePlans(active, wanted, same), { added: ['new'], changed: ['changed'], removed: ['removed'] });
});

test('a plan does not differ from itself', () => {
  const plan = [{ name: 'a', value: 1 }];
  assert.deepEqual(comparePlans(plan, plan, same), { added: [], changed: [], removed: [] });
});

test('names of objects’ own properties are names like others', () => {
  assert.deepEqual(comparePlans<Thing>([], [{ name: 'constructor', value: 1 }], same).added, ['constructor']);
});

test('the members of a group are compared by what each change needs', () => {
  const of = (key: string, value: number): { key: string; value: number } => ({ key, value });
  const change = (a: { value: number }, b: { value: number }): 'none' | 'in place' | 'renewal' =>
    a.value === b.value ? 'none' : b.value > 9 ? 'renewal' : 'in place';
  const active = [of('kept', 1), of('amended', 1), of('renewed', 1), of('gone', 1)];
  const wanted = [of('new', 1), of('renewed', 10), of('amended', 2), of('kept', 1)];
  assert.deepEqual(compareMembers(active, wanted, change), {
    added: ['new'],
    removed: ['gone'],
    amended: ['amended'],
    renewed: ['renewed'],
  });
});
