import { signalName, signals } from '../../core/signals.ts';
import type { ReadyConfig, ReadyEndpoint } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import { filledWith, slotMark } from '../marks.ts';
import { repr } from '../python-text.ts';
import { type QueueWord, queueWords } from '../queue/profiles.ts';
import { splitCommand } from '../shell-words.ts';
import { signalOf } from '../signals.ts';
import { parseInteger } from './number.ts';
import { oneOf } from './word.ts';

/** `handover` as written; `auto` is settled when the command is known. */
export type HandoverWord = 'auto' | 'overlap' | 'replace' | 'none' | { readonly signal: number };

/** @throws ConfigError */
export function handoverOf(text: string): HandoverWord {
  const [, signal] = /^signal:(.*)$/i.exec(text) ?? [];
  if (signal !== undefined) return { signal: reloadSignalOf(signal) };
  return oneOf<'auto' | 'overlap' | 'replace' | 'none'>(text, ['auto', 'overlap', 'replace', 'none'], 'signal:NAME');
}

/** Those that end or stop whoever gets them are not for a reload. */
function reloadSignalOf(text: string): number {
  const signal = signalOf(text);
  if (signal === signals['SIGKILL'] || signal === signals['SIGSTOP'])
    throw new ConfigError(`no program can reload on ${signalName(signal)}: it cannot be caught`);
  return signal;
}

/** @throws ConfigError */
export function fallbackOf(text: string): 'none' | 'overlap' | 'replace' {
  if (/^signal(:|$)/i.test(text)) throw new ConfigError(`${repr(text)} is what has failed then: a cycle`);
  return oneOf(text, ['none', 'overlap', 'replace']);
}

/** @throws ConfigError */
export function queueOf(text: string): QueueWord {
  return oneOf(text, queueWords);
}

/** @throws ConfigError */
export function drainPolicyOf(text: string): 'kill' | 'keep' | 'ask' {
  return oneOf(text, ['kill', 'keep', 'ask']);
}

/** Absolute paths, of which only the last part may have `*`, `?` and, for the number or slot of any generation, `[0-9]+`; by commas. @throws ConfigError */
export function globsOf(text: string): readonly string[] {
  const globs = text.split(',').map((part) => filledWith(part.trim(), '[0-9]+'));
  for (const glob of globs) {
    const directory = glob.slice(0, glob.lastIndexOf('/'));
    if (!glob.startsWith('/') || glob.endsWith('/') || /\/\.{0,2}(\/|$)/.test(glob)) {
      throw new ConfigError(`${repr(glob)} is no absolute path of a file`);
    }
    if (/[*?]|\[0-9\]\+/.test(directory))
      throw new ConfigError(`${repr(glob)}: only the last part may have *, ? and %(generation)s`);
    if (/^[*?]+$/.test(glob.slice(directory.length + 1))) {
      throw new ConfigError(`${repr(glob)} would be every file of a directory`);
    }
  }
  return globs;
}

/** @throws ConfigError */
export function listenModeOf(text: string): 'fds' | 'adopt' {
  return oneOf(text, ['fds', 'adopt']);
}

/** A command line that has at least one word. @throws ConfigError */
export function commandOf(text: string): string {
  let words: readonly string[];
  try {
    words = splitCommand(text);
  } catch (error) {
    throw new ConfigError(
      `cannot split ${repr(text)} into words: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (words.length === 0 || words[0] === '') throw new ConfigError('the command is empty');
  return text;
}

/** Lowest and highest descriptor for `fd:N`: below are the standard streams, above those of listen_mode=adopt (docs/adopt.md). */
const [lowestFd, highestFd] = [3, 189] as const;

/** A word, or a word and what it needs. @throws ConfigError */
export function readinessOf(text: string): ReadyConfig {
  if (text === 'startsecs') return { kind: 'assumed' };
  if (text === 'notify' || text === 'ipc' || text === 'listening') return { kind: text };
  if (text.startsWith('fd:')) return { kind: 'fd', fd: descriptorOf(text.slice(3)) };
  if (text.startsWith('log:')) return { kind: 'log', pattern: patternOf(text.slice(4)) };
  if (text.startsWith('command:')) return { kind: 'command', command: commandOf(text.slice(8).trim()) };
  if (text.startsWith('file:')) return { kind: 'file', path: pathOf(text.slice(5)) };
  if (/^(https?|tcp|unix):/.test(text)) return { kind: 'probe', text, endpoint: endpointOf(text) };
  throw new ConfigError(
    `${repr(text)} is none of startsecs, notify, fd:N, ipc, listening, log:/REGEX/, http://…, https://…, tcp://HOST:PORT, unix:/PATH, command:…, file:/PATH`,
  );
}

/** `/PATH`, or as a URL has it `///PATH`. */
function pathOf(text: string): string {
  const path = text.replace(/^\/\/\//, '/');
  if (!/^\/[^/]/.test(path)) throw new ConfigError(`${repr(text)} is no absolute path`);
  return path;
}

/** A host, IPv6 in brackets, a port, a path with its query. */
const url = /^(https?|tcp):\/\/(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@[\]]+)(?::((?:[0-9]|\uFDD1){1,5}))?([/?][^\s#]*)?$/;

function endpointOf(text: string): ReadyEndpoint {
  if (text.startsWith('unix:')) return { kind: 'unix', path: pathOf(text.slice(5)) };
  const [, scheme, name = '', digits, path = ''] = url.exec(text) ?? [];
  if (scheme === undefined)
    throw new ConfigError(`${repr(text)} cannot be asked: it is no http://HOST:PORT/PATH or tcp://HOST:PORT`);
  const port = digits === undefined ? (scheme === 'https' ? 443 : 80) : Number(digits.replaceAll(slotMark, '0'));
  // A slot has one digit unless more than ten generations live.
  const highest = digits === undefined ? port : Number(digits.replaceAll(slotMark, '9'));
  if (port < 1 || highest > 65535) throw new ConfigError(`${repr(text)}: a port is a number from 1 to 65535`);
  const host = name.replace(/^\[|\]$/g, '');
  if (scheme === 'tcp') {
    if (digits === undefined || path !== '') throw new ConfigError(`${repr(text)} is no tcp://HOST:PORT`);
    return { kind: 'tcp', host, port };
  }
  const authority = digits === undefined ? name : `${name}:${digits}`;
  return {
    kind: 'http',
    secure: scheme === 'https',
    host,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    authority,
  };
}

function descriptorOf(text: string): number {
  const fd = parseInteger(text);
  if (fd === null || fd < lowestFd || fd > highestFd) {
    throw new ConfigError(`not a descriptor for fd:N: ${repr(text)} is no number from ${lowestFd} to ${highestFd}`);
  }
  return fd;
}

/** What stands between the first and the last slash; a slash inside needs no backslash. */
function patternOf(text: string): string {
  const [, pattern] = /^\/(.+)\/$/s.exec(text) ?? [];
  if (pattern === undefined) throw new ConfigError(`not a regular expression between slashes: ${repr(text)}`);
  return regularExpressionOf(pattern);
}

/** It compiles as `new RegExp(text)`, without flags. @throws ConfigError */
export function regularExpressionOf(text: string): string {
  if (text === '') throw new ConfigError('an empty regular expression matches everything');
  try {
    new RegExp(text);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
  return text;
}

/** Seconds from 0 on, with up to three decimals. @throws ConfigError */
export function secondsOf(text: string): number {
  if (!/^[0-9]{1,9}(?:\.[0-9]{1,3})?$/.test(text)) throw new ConfigError(`not a number of seconds: ${repr(text)}`);
  return Number(text);
}

/** 0 to 65535. @throws ConfigError */
export function countFromZeroOf(text: string): number {
  const count = parseInteger(text);
  if (count === null || count < 0 || count > 65535) throw new ConfigError(`${repr(text)} is no number from 0 to 65535`);
  return count;
}

/** 1 to 65535. @throws ConfigError */
export function countOf(text: string): number {
  const count = parseInteger(text);
  if (count === null || count < 1 || count > 65535) throw new ConfigError(`${repr(text)} is no number from 1 to 65535`);
  return count;
}
