import { readFileSync } from 'node:fs';
import type { Config, Message } from '../config/config.ts';

/** The version of Supervisor whose behaviour legato has: what its clients and scripts expect to read. */
export const supervisorVersion = '4.2.5';

const help = (
  version: string,
): string => `legatod ${version} -- run a set of applications as daemons, and drop nothing when they are replaced

Usage: legatod [options]

-c/--configuration FILE -- configuration file
-n/--nodaemon -- run in the foreground (same as 'nodaemon=true' in the file)
-s/--silent -- no logs to stdout (same as 'silent=true')
-h/--help -- print this text
-v/--version -- print the version of Supervisor whose behaviour this is
-u/--user USER -- run as this user (or numeric uid)
-m/--umask UMASK -- umask of the daemon (default 022)
-d/--directory DIRECTORY -- directory to change to when daemonized
-l/--logfile FILENAME -- main log
-y/--logfile_maxbytes BYTES -- size at which it is rotated
-z/--logfile_backups NUM -- number of old files kept
-e/--loglevel LEVEL -- debug, info, warn, error or critical
-j/--pidfile FILENAME -- where the pid is written
-i/--identifier STR -- identifier of this instance
-q/--childlogdir DIRECTORY -- where AUTO logs go
-k/--nocleanup -- keep old AUTO logs at start
-a/--minfds NUM -- least number of file descriptors
-t/--strip_ansi -- strip ansi escape codes from the output of processes
--minprocs NUM -- least number of processes
--check -- say what is wrong with the configuration, start nothing
--dump-config -- print the configuration as it was understood, as JSON
--sample-config -- print a configuration to begin with, every key with its meaning
--strict -- plugins that legato does not have are errors
`;

/** Answers an option that starts nothing; returns the exit code. */
export function print(what: 'help' | 'version'): number {
  process.stdout.write(what === 'help' ? help(ownVersion()) : `${supervisorVersion}\n`);
  return 0;
}

/** `--check`: what a configuration that can be used has to say, a line each; nothing when all is well. */
export function printMessages(messages: readonly Message[]): number {
  for (const { level, text, place } of messages) {
    if (level !== 'info')
      process.stdout.write(`${level}: ${text}${place === null ? '' : ` (${place.file}:${place.line})`}\n`);
  }
  return 0;
}

/** `--dump-config`: the configuration as it was understood. */
export async function printDump(config: Config): Promise<number> {
  const { dumpConfig } = await import('../config/dump.ts');
  process.stdout.write(`${JSON.stringify(dumpConfig(config), null, 1)}\n`);
  return 0;
}

/** `--sample-config`: what `echo_supervisord_conf` is for. */
export async function printSample(): Promise<number> {
  const { sampleConfig } = await import('../config/sample.ts');
  process.stdout.write(sampleConfig());
  return 0;
}

/** The version of legato itself. */
export function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '?';
}
