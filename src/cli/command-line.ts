import type { ClientOptions } from '../config/client.ts';
import { getopt } from '../config/getopt.ts';
import { repr } from '../config/python-text.ts';

/** What the command line says. */
export type CommandLine =
  | { readonly kind: 'help' }
  /** Wrong usage: Supervisor's words for it. */
  | { readonly kind: 'wrong'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly options: ClientOptions;
      readonly interactive: boolean;
      /** The words of one command; empty: the shell. */
      readonly words: readonly string[];
    };

type Field = 'configuration' | 'serverurl' | 'username' | 'password' | 'historyFile' | 'interactive' | 'help';

const fields: Readonly<Record<string, Field>> = {
  '-c': 'configuration',
  '--configuration': 'configuration',
  '-h': 'help',
  '-?': 'help',
  '--help': 'help',
  '-i': 'interactive',
  '--interactive': 'interactive',
  '-s': 'serverurl',
  '--serverurl': 'serverurl',
  '-u': 'username',
  '--username': 'username',
  '-p': 'password',
  '--password': 'password',
  '-r': 'historyFile',
  '--history_file': 'historyFile',
};

const long = ['configuration=', 'help', 'interactive', 'serverurl=', 'username=', 'password=', 'history_file='];

/** A scheme and something behind it (Python's urlparse). */
function isUrl(text: string): boolean {
  const [, rest = ''] = /^[a-z][a-z0-9+.-]*:(.*)$/is.exec(text) ?? [];
  return rest.replace(/^\/\//, '').replace(/[?#].*$/s, '') !== '';
}

/** Reads the words after the program's name; the first that is no option begins the command. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const parsed = getopt(argv, 'c:h?is:u:p:r:', long);
  if (!parsed.ok) return { kind: 'wrong', message: parsed.message };
  const given = new Map<Field, string>();
  for (const { name, argument } of parsed.options) {
    const field = fields[name];
    if (field === undefined) continue;
    if (field === 'help') return { kind: 'help' };
    if (field === 'serverurl' && !isUrl(argument)) {
      const value = repr(argument);
      return { kind: 'wrong', message: `invalid value for ${name} ${value}: value ${value} is not a URL` };
    }
    if (given.has(field)) return { kind: 'wrong', message: `conflicting command line option ${repr(name)}` };
    given.set(field, argument);
  }
  const options: ClientOptions = {
    configuration: given.get('configuration') ?? null,
    serverurl: given.get('serverurl') ?? null,
    username: given.get('username') ?? null,
    password: given.get('password') ?? null,
    historyFile: given.get('historyFile') ?? null,
    strict: false,
  };
  return { kind: 'run', options, interactive: given.has('interactive'), words: parsed.rest };
}
