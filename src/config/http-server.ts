import type { HttpServerConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Section } from './ini.ts';
import { resolvePath } from './path.ts';
import { strip } from './python-text.ts';
import { inetServerKeys, unixServerKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';

/** The control sockets: TCP ones first, then unix ones, each in the order of the file. Any section that begins with the name counts. */
export function readHttpServers(source: Source): HttpServerConfig[] {
  return [
    ...source.sections('inet_http_server').map((section) => readInet(source, section)),
    ...source.sections('unix_http_server').map((section) => readUnix(source, section)),
  ];
}

/** What AUTO means for SUPERVISOR_SERVER_URL: the first unix socket, else the last TCP one; null without any. */
export function serverUrlOf(servers: readonly HttpServerConfig[]): string | null {
  let url: string | null = null;
  for (const server of servers) {
    if (server.family === 'unix') return `unix://${server.file}`;
    url = `http://${server.host === '' ? 'localhost' : server.host}:${server.port}`;
  }
  return url;
}

function readInet(source: Source, section: Section): HttpServerConfig {
  const reader = new SectionReader(source, section, inetServerKeys, source.environment);
  const account = both(section, reader.optional('username'), reader.optional('password'));
  const address = reader.optional('port');
  if (address === null) throw new ConfigError(`section [${section.name}] has no port value`, section.place);
  return { section: section.name, ...account, family: 'inet', host: address.host, port: address.port };
}

function readUnix(source: Source, section: Section): HttpServerConfig {
  const path = new SectionReader(source, section, unixServerKeys, source.hereScope()).optional('file');
  if (path === null) throw new ConfigError(`section [${section.name}] has no file value`, section.place);
  const reader = new SectionReader(source, section, unixServerKeys, source.environment);
  const account = both(section, reader.optional('username'), reader.optional('password'));
  const chown = reader.renamed('chown', 'Invalid sockchown value');
  const chmod = reader.renamed('chmod', 'Invalid chmod value') ?? 0o700;
  const file = resolvePath(strip(path), source.host);
  return { section: section.name, ...account, family: 'unix', file, chmod, chown };
}

type Account = { readonly username: string | null; readonly password: string | null };

function both(section: Section, username: string | null, password: string | null): Account {
  if ((username === null) !== (password === null)) {
    throw new ConfigError(
      `Section [${section.name}] contains incomplete authentication: If a username or a password is specified, ` +
        'both the username and password must be specified',
      section.place,
    );
  }
  return { username, password };
}
