import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daemonSections, rpcInterface } from '../test/support/namespace/daemon-sections.ts';

const repository = join(import.meta.dirname, '..');

/** A supervisor as the benchmark sees it. */
export type Contestant = {
  readonly name: string;
  version(): string;
  /** Writes what it needs to run the service `count` times, and says what to execute. */
  prepare(dir: string, service: string, count: number): readonly string[];
  /** The signal that ends it with all that it supervises. */
  readonly end: NodeJS.Signals;
};

function debian(name: string): string {
  const [version = '?'] = execFileSync('/usr/bin/dpkg-query', ['-W', '-f', '${Version}', name], {
    encoding: 'utf8',
  }).split('-');
  return version;
}

/** The same file for legato and Supervisor: every setting its default, logs included. */
function supervisordConf(dir: string, service: string, count: number): string {
  const file = join(dir, 'supervisord.conf');
  const many = count === 1 ? '' : `numprocs=${count}\nprocess_name=%(program_name)s_%(process_num)03d\n`;
  writeFileSync(
    file,
    `${daemonSections(dir)}${rpcInterface}[program:service]
command=${service}
${many}`,
  );
  return file;
}

/** One directory a service whose `run` is the service itself: no shell in between, as with the others. */
function serviceDirectories(dir: string, service: string, count: number): string {
  const scan = join(dir, 'services');
  for (let index = 0; index < count; index++) {
    mkdirSync(join(scan, `${index}`), { recursive: true });
    symlinkSync(service, join(scan, `${index}`, 'run'));
  }
  return scan;
}

export const contestants: readonly Contestant[] = [
  {
    name: 'legato',
    version: () => {
      const manifest: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
      return typeof manifest === 'object' && manifest !== null && 'version' in manifest
        ? String(manifest.version)
        : '?';
    },
    prepare: (dir, service, count) => [
      join(repository, 'bin/legatod'),
      '-n',
      '-c',
      supervisordConf(dir, service, count),
    ],
    end: 'SIGTERM',
  },
  {
    name: 'Supervisor',
    version: () => debian('supervisor'),
    prepare: (dir, service, count) => ['/usr/bin/supervisord', '-n', '-c', supervisordConf(dir, service, count)],
    end: 'SIGTERM',
  },
  {
    name: 'runit',
    version: () => debian('runit'),
    prepare: (dir, service, count) => ['/usr/bin/runsvdir', serviceDirectories(dir, service, count)],
    end: 'SIGHUP',
  },
  {
    name: 's6',
    version: () => debian('s6'),
    prepare: (dir, service, count) => ['/usr/bin/s6-svscan', serviceDirectories(dir, service, count)],
    end: 'SIGTERM',
  },
];
