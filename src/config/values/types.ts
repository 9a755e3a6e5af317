import type { LogLevel } from '../../core/effects.ts';
import type { ReadyConfig } from '../config.ts';
import type { ConfigHost, UserAccount } from '../host.ts';
import type { ListenPlace } from '../listen-url.ts';
import type { QueueWord } from '../queue/profiles.ts';
import { signalOf } from '../signals.ts';
import { type Owner, ownerOf, userOf } from './account.ts';
import { type Dialect, dialectsOf } from './dialect.ts';
import { directoryOf, fileOf, type LogSetting, logSettingOf } from './file.ts';
import {
  countFromZeroOf,
  countOf,
  drainPolicyOf,
  fallbackOf,
  globsOf,
  type HandoverWord,
  handoverOf,
  listenModeOf,
  queueOf,
  readinessOf,
  regularExpressionOf,
  secondsOf,
} from './handover-words.ts';
import { type ListenWord, listenAddressOf, listenWordsOf } from './listen-address.ts';
import { byteSizeOf, exitCodesOf, type InetAddress, inetAddressOf, integerOf, octalOf } from './number.ts';
import { autorestartOf, booleanOf, lengthUnitOf, listOf, logLevelOf } from './word.ts';

/** What each type named in the schema becomes. */
export type ValueOf = {
  readonly string: string;
  readonly integer: number;
  readonly octal: number;
  readonly bytes: number;
  readonly boolean: boolean;
  readonly 'true, false or unexpected': boolean | 'unexpected';
  readonly 'log level': LogLevel;
  readonly 'comma list': readonly string[];
  readonly 'exit codes': readonly number[];
  readonly signal: number;
  readonly directory: string;
  readonly file: string;
  readonly 'log file': LogSetting;
  readonly user: UserAccount;
  readonly 'user[:group]': Owner;
  readonly address: InetAddress;
  readonly seconds: number;
  readonly count: number;
  readonly 'count from 0': number;
  readonly readiness: ReadyConfig;
  readonly 'regular expression': string;
  readonly 'listen addresses': readonly ListenWord[];
  readonly 'listen address': ListenPlace;
  readonly dialects: readonly Dialect[];
  readonly 'auto, overlap, replace, signal:NAME or none': HandoverWord;
  readonly queue: QueueWord;
  readonly 'kill, keep or ask': 'kill' | 'keep' | 'ask';
  readonly 'absolute globs': readonly string[];
  readonly 'none, overlap or replace': 'none' | 'overlap' | 'replace';
  readonly 'fds or adopt': 'fds' | 'adopt';
  readonly 'bytes or characters': 'bytes' | 'characters';
};

export type TypeName = keyof ValueOf;

/** How each type's text becomes its value; each throws ConfigError in Supervisor's words. */
export const parsers: { readonly [T in TypeName]: (text: string, host: ConfigHost) => ValueOf[T] } = {
  string: (text) => text,
  integer: integerOf,
  octal: octalOf,
  bytes: byteSizeOf,
  boolean: booleanOf,
  'true, false or unexpected': autorestartOf,
  'log level': logLevelOf,
  'comma list': listOf,
  'exit codes': exitCodesOf,
  signal: signalOf,
  directory: directoryOf,
  file: fileOf,
  'log file': logSettingOf,
  user: userOf,
  'user[:group]': ownerOf,
  address: inetAddressOf,
  seconds: secondsOf,
  count: countOf,
  'count from 0': countFromZeroOf,
  readiness: readinessOf,
  'regular expression': regularExpressionOf,
  'listen addresses': listenWordsOf,
  'listen address': listenAddressOf,
  dialects: dialectsOf,
  'auto, overlap, replace, signal:NAME or none': handoverOf,
  queue: queueOf,
  'kill, keep or ask': drainPolicyOf,
  'absolute globs': globsOf,
  'none, overlap or replace': fallbackOf,
  'fds or adopt': listenModeOf,
  'bytes or characters': lengthUnitOf,
};

/** Defaults that were parsed before, by type and text: every program takes most of them. */
const parsed: { readonly [T in TypeName]: Map<string, ValueOf[T]> } = {
  string: new Map(),
  integer: new Map(),
  octal: new Map(),
  bytes: new Map(),
  boolean: new Map(),
  'true, false or unexpected': new Map(),
  'log level': new Map(),
  'comma list': new Map(),
  'exit codes': new Map(),
  signal: new Map(),
  directory: new Map(),
  file: new Map(),
  'log file': new Map(),
  user: new Map(),
  'user[:group]': new Map(),
  address: new Map(),
  seconds: new Map(),
  count: new Map(),
  'count from 0': new Map(),
  readiness: new Map(),
  'regular expression': new Map(),
  'listen addresses': new Map(),
  queue: new Map(),
  'listen address': new Map(),
  dialects: new Map(),
  'kill, keep or ask': new Map(),
  'absolute globs': new Map(),
  'auto, overlap, replace, signal:NAME or none': new Map(),
  'none, overlap or replace': new Map(),
  'fds or adopt': new Map(),
  'bytes or characters': new Map(),
};

/** The value of a default as the schema writes it. No default looks at the host, so that it is the same in every load. */
export function presetOf<T extends TypeName>(type: T, text: string, host: ConfigHost): ValueOf[T] {
  const known = parsed[type].get(text);
  if (known !== undefined) return known;
  const value = parsers[type](text, host);
  parsed[type].set(text, value);
  return value;
}
