import type { LogTarget } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import type { ConfigHost } from '../host.ts';
import { isMarked } from '../marks.ts';
import { dirname, expandUser } from '../path.ts';

/** A directory that is there. `~` is expanded; a relative one stays relative. */
export function directoryOf(text: string, host: ConfigHost): string {
  const path = expandUser(text, host);
  if (!host.isDirectory(path)) throw new ConfigError(`${text} is not an existing directory`);
  return path;
}

/** A file in a directory that is there, unless that depends on the generation; a bare file name passes. `~` is expanded. */
export function fileOf(text: string, host: ConfigHost): string {
  const path = expandUser(text, host);
  const parent = dirname(path);
  if (parent !== '' && !isMarked(parent) && !host.isDirectory(parent)) {
    throw new ConfigError(`The directory named as part of the path ${text} does not exist`);
  }
  return path;
}

/** A child's log; `syslog` is the old spelling of `*_syslog=true`. */
export type LogSetting = LogTarget | { readonly kind: 'syslog' };

/** `NONE` or `OFF`, `AUTO`, `syslog` (each in any case), else a file. */
export function logSettingOf(text: string, host: ConfigHost): LogSetting {
  const lower = text.toLowerCase();
  if (lower === 'none' || lower === 'off') return { kind: 'none' };
  if (lower === 'auto') return { kind: 'auto' };
  if (lower === 'syslog') return { kind: 'syslog' };
  return { kind: 'file', path: fileOf(text, host) };
}
