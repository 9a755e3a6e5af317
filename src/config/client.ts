import type { ClientConfig, Message } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigHost } from './host.ts';
import type { Failure } from './load.ts';
import { resolvePath } from './path.ts';
import { pluginOf } from './plugin.ts';
import { readMainFile } from './read-files.ts';
import { clientKeys, clientPluginKeys, serverKeys } from './schema.ts';
import { findConfigFile } from './search-path.ts';
import { SectionReader } from './section-reader.ts';
import { Source } from './source.ts';

/** What of the client's command line bears on its configuration; null: not given, the file decides. */
export type ClientOptions = {
  /** The file as written; null: looked for, and done without when there is none. */
  readonly configuration: string | null;
  readonly serverurl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly historyFile: string | null;
  /** Plugins, which are Python, are errors instead of warnings. */
  readonly strict: boolean;
};

export type LoadedClient =
  | {
      readonly ok: true;
      readonly config: ClientConfig;
      readonly messages: readonly Message[];
      /** The file that was read; null: none. */
      readonly file: string | null;
    }
  | Failure;

/** The client's configuration: [supervisorctl] with the command line over it. As in Supervisor, [include] is not heeded. */
export function loadClientConfig(options: ClientOptions, host: ConfigHost): LoadedClient {
  const file = options.configuration ?? findConfigFile(host);
  try {
    const source = file === null ? null : new Source(file, host, options.strict);
    const section = source === null ? defaults : readClientSection(source);
    const config = {
      serverurl: options.serverurl ?? section.serverurl,
      username: options.username ?? section.username,
      password: options.password ?? section.password,
      prompt: section.prompt,
      historyFile: options.historyFile ?? section.historyFile,
      // Another address is perhaps another daemon's.
      pidfile: options.serverurl === null ? section.pidfile : null,
    };
    return { ok: true, config: Object.freeze(config), messages: source?.messages ?? [], file };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, message: error.message, place: error.place };
    throw error;
  }
}

const defaults: ClientConfig = {
  serverurl: clientKeys.serverurl.preset,
  username: null,
  password: null,
  prompt: clientKeys.prompt.preset,
  historyFile: null,
  pidfile: null,
};

function readClientSection(source: Source): ClientConfig {
  readMainFile(source);
  const section = source.ini.sections.get('supervisorctl');
  if (section === undefined) throw new ConfigError('.ini file does not include supervisorctl section');
  const withHere = new SectionReader(source, section, clientKeys, source.hereScope());
  const reader = new SectionReader(source, section, clientKeys, source.environment);
  const url = withHere.read('serverurl');
  const serverurl = url.startsWith('unix://') ? `unix://${resolvePath(url.slice('unix://'.length), source.host)}` : url;
  const prompt = reader.read('prompt');
  const username = reader.optional('username');
  const password = reader.optional('password');
  const history = withHere.optional('history_file');
  readPlugins(source);
  const historyFile = history === null || history === '' ? null : resolvePath(history, source.host);
  return { serverurl, username, password, prompt, historyFile, pidfile: pidfileOf(source) };
}

/** What is wrong in the daemon's section is no trouble of the client's. */
function pidfileOf(source: Source): string | null {
  const section = source.ini.sections.get('supervisord');
  if (section === undefined) return null;
  try {
    return resolvePath(new SectionReader(source, section, serverKeys, source.hereScope()).read('pidfile'), source.host);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

function readPlugins(source: Source): void {
  const key = 'supervisor.ctl_factory';
  for (const section of source.sections('ctlplugin:')) {
    const reader = new SectionReader(source, section, clientPluginKeys, source.environment);
    const written = reader.optional(key);
    if (written === null) throw new ConfigError(`section [${section.name}] does not specify a ${key}`, section.place);
    reader.at(key, () => pluginOf(written));
    const text = `${written} cannot be resolved within [${section.name}]`;
    if (source.strict) throw new ConfigError(text, reader.place(key));
    source.note('warn', `${text}; it is left out`, reader.place(key));
  }
}
