import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from './supervisor.ts';

/** Writes the configuration of a running supervisor anew; nobody is told of it. */
export function editConfiguration({ dir }: Pick<Running, 'dir'>, how: (text: string) => string): void {
  const file = join(dir, 'c.conf');
  writeFileSync(file, how(readFileSync(file, 'utf8')));
}
