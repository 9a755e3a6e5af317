import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { statesPage } from '../../scripts/states.ts';

test('docs/states.md is drawn from the table (node scripts/states.ts)', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'states.md'), 'utf8');
  assert.equal(page, statesPage());
});
