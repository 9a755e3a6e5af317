import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, Place, Release } from './row.ts';

/** The node, and the python3 of Debian, for which its packages are. */
export const node: string = process.execPath;
export const python = '/usr/bin/python3';

/** Milliseconds from the loading of the application to its sudden end, for `dies while settling`. */
const life = 150;

/** The module that an application loads first, in its language: its name, or what is wrong with the release. */
const modules = {
  'release.py': {
    good: (name: string) => `NAME = '${name}'\n`,
    'bad import': 'import a_module_that_nobody_has\n',
    'never ready': 'import time\ntime.sleep(1000)\n',
    'exit 0': 'raise SystemExit(0)\n',
    'dies while settling': `import os, threading, time\nthreading.Thread(target=lambda: (time.sleep(${life / 1000}), os._exit(4)), daemon=True).start()\n`,
  },
  'release.mjs': {
    good: (name: string) => `export const name = '${name}';\n`,
    'bad import': "import 'a-module-that-nobody-has';\n",
    'never ready': 'await new Promise(() => setTimeout(() => {}, 1e6));\n',
    'exit 0': 'process.exit(0);\n',
    'dies while settling': `setTimeout(() => process.exit(4), ${life});\n`,
  },
  'release.rb': {
    good: (name: string) => `NAME = '${name}'\n`,
    'bad import': "require 'a_library_that_nobody_has'\n",
    'never ready': 'sleep 1000\n',
    'exit 0': 'exit! 0\n',
    'dies while settling': `Thread.new { sleep ${life / 1000}; exit! 4 }\n`,
  },
} as const;

export type ReleaseModule = keyof typeof modules;

/** What is wrong with the release, as text of its language; `bad configuration` is the server's own. */
export function wrongOf(module: ReleaseModule, { fault }: Release): string {
  return fault === null || fault === 'bad configuration' ? '' : modules[module][fault];
}

/** Copies the service's files into place and writes the module of the release. */
export function deployFiles(place: Place, module: ReleaseModule, release: Release, ...files: string[]): void {
  const app = join(place.dir, 'app');
  mkdirSync(app, { recursive: true });
  for (const file of files) copyFileSync(join(import.meta.dirname, 'services', file), join(app, file));
  // The name is there in any case, for a release that serves for a moment.
  writeFileSync(join(app, module), `${wrongOf(module, release)}${modules[module].good(release.name)}`);
}

/** Writes a configuration file of the server: as it should be, or with a line that it cannot understand. */
export function writeConfig(place: Place, file: string, text: string, fault: Fault | null): void {
  const end = fault === 'bad configuration' ? 'this is { not (what is expected\n' : '';
  writeFileSync(join(place.dir, 'app', file), `${text}\n${end}`);
}

/** A server that is its configuration file: that, and the script that starts it. `bad import` is in the text already. */
export function deployRun(place: Place, { fault }: Release, file: string, text: string, command: string): void {
  mkdirSync(join(place.dir, 'app'), { recursive: true });
  writeConfig(place, file, text, fault);
  const scripts: { readonly [F in Fault]?: string } = {
    'exit 0': 'exit 0\n',
    'never ready': 'exec sleep 1000\n',
    // Told to end at once, in the middle of whatever it answers.
    'dies while settling': `${command} &\nserver=$!\nsleep ${(2 * life) / 1000}\nkill -TERM $server\nwait $server\nexit 4\n`,
  };
  writeFileSync(join(place.dir, 'app/run.sh'), (fault === null ? undefined : scripts[fault]) ?? `exec ${command}\n`);
}
