import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from './namespace/scratch.ts';
import { linesIn } from './numbered-lines.ts';

const line = (number: number): string => `${String(number).padStart(10, '0')} ${'x'.repeat(88)}\n`;

test('numbered lines are followed over rotated files; what is lost, doubled or torn is counted', (context) => {
  const path = join(scratch(context), 'log');
  writeFileSync(`${path}.1`, line(0) + line(1));
  writeFileSync(path, `${line(2)}0000000003 xx`);
  assert.deepEqual(linesIn(path), { written: 3, lost: 0, doubled: 0, torn: 0 });
  writeFileSync(`${path}.2`, line(0) + line(1) + line(1) + line(4));
  writeFileSync(`${path}.1`, `${line(5)}0000000006 xxx`);
  writeFileSync(path, `xxx\n${line(7)}`);
  assert.deepEqual(linesIn(path), { written: 8, lost: 3, doubled: 1, torn: 2 });
});
