import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiPage } from '../../scripts/api-doc.ts';

test('docs/api.md is written from the table (node scripts/api-doc.ts)', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'api.md'), 'utf8');
  assert.equal(page, apiPage());
});
