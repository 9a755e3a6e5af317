import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import { supervisorctl } from '../support/namespace/supervisorctl.ts';

/** What a client did. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

export type ClientName = 'supervisorctl' | 'legatoctl';

/** Carries out one command line. */
export type Run = (words: readonly string[]) => Promise<Ran>;

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

/** A proxy is set which nobody listens on: it must not be asked. */
const environment = {
  PATH: '/usr/bin:/bin',
  LANG: 'C.UTF-8',
  http_proxy: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
};

const programs: { readonly [C in ClientName]: readonly [string, ...string[]] } = {
  supervisorctl: ['/usr/bin/supervisorctl'],
  legatoctl: [process.execPath, main],
};

/** Starts a client as a process of its own, as a user does. */
export function startClient(client: ClientName, words: readonly string[]): ChildProcess {
  const [file, ...first] = programs[client];
  return spawn(file, [...first, ...words], { cwd: '/', env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs a client as a process of its own; `input` is its stdin. */
export async function runClient(client: ClientName, words: readonly string[], input: string): Promise<Ran> {
  const child = startClient(client, words);
  const texts = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** legatoctl in this process: the same but for the start. */
export const runLegatoctl: Run = async (words) => {
  const texts = { out: '', err: '' };
  const code = await legatoctl(words, {
    program: '/usr/bin/legatoctl',
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
  });
  return { code, ...texts };
};

/** Debian's supervisorctl, without the start of Python. */
export const runSupervisorctl: Run = async (words) => {
  const { code, stdout, stderr } = await supervisorctl(words, environment);
  return { code, out: stdout, err: stderr };
};

/** Replaces what two runs cannot have in common: pids, times, and the lines of source that an error names. */
export function masked({ code, out, err }: Ran, dir: string): Ran {
  const mask = (text: string): string =>
    text
      .replaceAll(dir, 'DIR')
      .replace(/pid \d+, uptime \d+:\d\d:\d\d/g, 'pid N, uptime T')
      .replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/g, 'DATE')
      .replace(/^(supervisor> )?[1-9]\d*$/gm, '$1N')
      .replace(/file: .* line: \d+$/gm, 'file: F line: N')
      // Where in the file it is only legato says.
      .replace(/ \(DIR\/s\.conf:\d+\)/g, '')
      .replace(/\S*(?:supervisorctl|legatoctl) -h/g, 'CLIENT -h');
  // What legatoctl says to a person, besides.
  const hints = /^legatoctl: .*\n/gm;
  return { code, out: mask(out), err: mask(err.replace(hints, '')) };
}
