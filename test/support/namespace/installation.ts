import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './supervisor.ts';

/** Copies what is installed of legato to a new directory, which says that it is this version. Returns the directory. */
export function install(root: string, version: string): string {
  for (const part of ['bin', 'lib', 'hooks', 'dist/bundle']) {
    mkdirSync(join(root, part), { recursive: true });
    cpSync(join(repository, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const manifest = readFileSync(join(repository, 'package.json'), 'utf8');
  writeFileSync(join(root, 'package.json'), manifest.replace(/"version": "[^"]*"/, `"version": "${version}"`));
  return root;
}

/** Puts JavaScript in the place of an installation's brain, which is `./real.cjs` then. */
export function disguise(root: string, script: string): void {
  const bundle = join(root, 'dist/bundle');
  renameSync(join(bundle, 'legatod.cjs'), join(bundle, 'real.cjs'));
  writeFileSync(join(bundle, 'legatod.cjs'), script);
}
