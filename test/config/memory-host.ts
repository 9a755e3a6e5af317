import assert from 'node:assert/strict';
import type { Config, GroupConfig, ProcessConfig } from '../../src/config/config.ts';
import type { ConfigHost } from '../../src/config/host.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type DaemonOptions, noOptions } from '../../src/config/options.ts';
import { absolute, dirname, join } from '../../src/config/path.ts';

/** A world of a few files, for tests: directories are those that files are in, and a few. */
export function memoryHost(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): ConfigHost {
  const directories = new Set(['/', '/tmp', '/etc', '/dev', '/dev/fd']);
  for (const path of Object.keys(files)) {
    for (let parent = dirname(join('/base', path)); parent !== '/'; parent = dirname(parent)) directories.add(parent);
  }
  const users = [
    { name: 'root', uid: 0, gid: 0, home: '/root' },
    { name: 'web', uid: 1000, gid: 1001, home: '/home/web/' },
  ];
  const groups = [
    { name: 'root', gid: 0 },
    { name: 'www', gid: 33 },
  ];
  const host: ConfigHost = {
    argv0: '/usr/bin/legatod',
    cwd: '/base',
    uid: 0,
    hostName: 'box',
    environment,
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? { ok: false, reason: 'missing' } : { ok: true, text };
    },
    exists: (path) => files[path] !== undefined || directories.has(absolute(path, host)),
    linkExists: (path) => host.exists(path),
    isDirectory: (path) => directories.has(absolute(path, host)),
    readDirectory: (path) => {
      const inside = [...Object.keys(files), ...directories].filter((one) => dirname(one) === path && one !== '/');
      return inside.map((one) => one.slice(one.lastIndexOf('/') + 1));
    },
    lookupUser: (who) => users.find((user) => user.name === who || user.uid === who) ?? null,
    lookupGroup: (which) => groups.find((group) => group.name === which || group.gid === which) ?? null,
    groupsOfUser: (name) => (name === 'web' ? [33, 44] : []),
  };
  return host;
}

const main = '/etc/legato.conf';

/** Loads a text as the main file, /etc/legato.conf. */
export function load(
  text: string,
  more: {
    readonly files?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly options?: Partial<DaemonOptions>;
  } = {},
): ReturnType<typeof loadConfig> {
  const host = memoryHost({ [main]: text, ...more.files }, more.environment);
  return loadConfig({ ...noOptions, configuration: main, ...more.options }, host);
}

/** The configuration of a text that must be good; [supervisord] is put before it. */
export function good(text: string, more: Parameters<typeof load>[1] = {}): Config {
  const loaded = load(`[supervisord]\n${text}`, more);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.message);
  return loaded.config;
}

/** The message of a text that must be refused, and its place as `file:line`. [supervisord] is line 1, the text begins on line 2. */
export function refused(text: string, more: Parameters<typeof load>[1] = {}): { message: string; at: string | null } {
  const loaded = load(`[supervisord]\n${text}`, more);
  assert.ok(!loaded.ok, 'it was taken');
  return { message: loaded.message, at: loaded.place && `${loaded.place.file}:${loaded.place.line}` };
}

export function onlyGroup(config: Config): GroupConfig {
  const [group, ...more] = config.groups;
  assert.ok(group !== undefined && more.length === 0, `${config.groups.length} groups`);
  return group;
}

export function onlyProcess(config: Config): ProcessConfig {
  const [process, ...more] = onlyGroup(config).processes;
  assert.ok(process !== undefined && more.length === 0, 'not one process');
  return process;
}
