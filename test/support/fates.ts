import fc from 'fast-check';
import type { Fate } from './fake-init.ts';

/** The longest that init takes to spawn, in milliseconds. */
export const spawnDelay = 40;

export const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

/** What may become of a spawn. A test has others in the place of some, or more beside them. */
export const fateKeys = {
  spawnDelay: fc.integer({ min: 1, max: spawnDelay }),
  fails: fc.nat(7).map((dice) => dice === 0),
  lifetime: maybe(fc.integer({ min: 100, max: 4000 })),
  status: fc.constantFrom<Fate['status']>(
    { code: 0, signal: null, core: false },
    { code: 1, signal: null, core: false },
    { code: null, signal: 11, core: true },
  ),
  obeys: maybe(fc.integer({ min: 1, max: 4000 })),
  wraps: fc.boolean(),
  rest: maybe(fc.record({ lifetime: maybe(fc.nat(6000)), obeys: maybe(fc.integer({ min: 1, max: 4000 })) })),
  together: fc.boolean(),
};
