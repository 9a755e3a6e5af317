import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protocolVersion } from '../os/wire.ts';
import { ownVersion } from './answer.ts';
import { installationCalled } from './own-command.ts';
import { recallPast } from './past.ts';
import type { Loader } from './reload.ts';
import { parseShelf } from './shelf.ts';
import type { Legacy } from './successor.ts';

/** `--take-over`: says who this would be as the next brain, and whether it understands what the running one has kept. */
export async function takeOver(load: Loader): Promise<number> {
  const troubles = troublesWith(readFileSync(0, 'utf8'));
  const loaded = load();
  const lines = [
    `version=${ownVersion()}`,
    `link=${protocolVersion}`,
    `node=${process.execPath}`,
    ...process.execArgv.map((flag) => `flag=${flag}`),
    `bundle=${process.argv[1] ?? ''}`,
    `init=${join(installationCalled(), 'bin/legato-init')}`,
    ...troubles.map((text) => `trouble=${text}`),
    // What runs is taken from the shelf; but the next `reread` would meet this.
    ...(loaded.ok ? [] : [`note=the configuration file cannot be read by this version: ${loaded.message}`]),
    'end=',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return troubles.length === 0 ? 0 : 1;
}

function troublesWith(text: string): string[] {
  let legacy: unknown;
  try {
    legacy = JSON.parse(text);
  } catch {
    return ['what the running brain has kept did not come whole'];
  }
  if (!isLegacy(legacy)) return ['what the running brain has kept has another shape'];
  const shelved = legacy.shelf === null ? null : parseShelf(legacy.shelf);
  if (legacy.shelf !== null && shelved === null) return ['it does not understand the configuration that runs'];
  const { lost } = recallPast(legacy, shelved, shelved?.active ?? []);
  return lost.map((key) => `it does not understand what is kept under '${key}'`);
}

function isLegacy(value: unknown): value is Legacy {
  return (
    typeof value === 'object' &&
    value !== null &&
    'memos' in value &&
    Array.isArray(value.memos) &&
    'generations' in value &&
    Array.isArray(value.generations) &&
    'shelf' in value &&
    (value.shelf === null || typeof value.shelf === 'string')
  );
}
