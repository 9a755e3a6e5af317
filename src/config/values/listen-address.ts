import { ConfigError } from '../config-error.ts';
import type { ConfigHost } from '../host.ts';
import type { ListenPlace } from '../listen-url.ts';
import { resolvePath } from '../path.ts';
import { repr, strip } from '../python-text.ts';
import { fileOf } from './file.ts';
import { canonicalIpv6, isIpv4 } from './ip.ts';
import { parseInteger, portOf } from './number.ts';

/** One word of `listen`: where, or which [socket:x], and the name written before it. */
export type ListenWord = {
  readonly name: string | null;
  readonly where: ListenPlace | { readonly family: 'shared'; readonly socket: string };
};

/** Comma list of `[NAME=]ADDRESS` and `[NAME=]socket:SECTION`. */
export function listenWordsOf(text: string, host: ConfigHost): readonly ListenWord[] {
  const listed = text.split(',').map((word) => listenWordOf(strip(word), host));
  // As many as init gives to one process (docs/protocol.md).
  if (listed.length > 64) throw new ConfigError(`${listed.length} listen addresses are more than 64`);
  return listed;
}

/** A name may stand in LISTEN_FDNAMES, between colons (sd_listen_fds_with_names(3)). */
const namedAddress = /^([\w.-]{1,255})=(.*)$/s;
const sharedSocket = /^socket:([\w.-]{1,255})$/;

function listenWordOf(word: string, host: ConfigHost): ListenWord {
  const [, name = null, address = word] = namedAddress.exec(word) ?? [];
  const [, socket] = sharedSocket.exec(address) ?? [];
  return { name, where: socket === undefined ? placeOf(address, word, host) : { family: 'shared', socket } };
}

/** `tcp://HOST:PORT`, `HOST:PORT`, `tcp6://`, `udp://`, `udp6://`, `unix:///PATH`, `unix-dgram:///PATH`, `unix://@NAME`. */
export function listenAddressOf(text: string, host: ConfigHost): ListenPlace {
  return placeOf(strip(text), strip(text), host);
}

const scheme = /^([a-z0-9+.-]+):\/\/(.*)$/is;

/** `word` is the whole of it, for messages. */
function placeOf(address: string, word: string, host: ConfigHost): ListenPlace {
  const [, written = 'tcp', rest = address] = scheme.exec(address) ?? [];
  const kind = written.toLowerCase();
  switch (kind) {
    case 'unix':
    case 'unix-dgram':
      return { family: kind, path: socketPathOf(rest, word, host) };
    case 'tcp':
    case 'tcp6':
    case 'udp':
    case 'udp6':
      return inetPlaceOf(kind, rest, word);
    default:
      throw refused(word, 'it is none of tcp://, tcp6://, udp://, udp6://, unix://, unix-dgram://');
  }
}

function refused(word: string, why: string): ConfigError {
  return new ConfigError(`not a listen address: ${repr(word)}: ${why}`);
}

/** sun_path has 108 bytes, one of them for the NUL (unix(7)). */
const longestPath = 107;

function socketPathOf(text: string, word: string, host: ConfigHost): string {
  const abstract = /^@[^\0]/s.test(text);
  if (!abstract && (!text.startsWith('/') || text.endsWith('/'))) {
    throw refused(word, 'it needs the absolute path of a socket, or @ and an abstract name');
  }
  const path = abstract ? text : resolvePath(fileOf(text, host), host);
  const bytes = utf8Length(path);
  if (bytes > longestPath) {
    throw new ConfigError(`the path of a socket can have ${longestPath} bytes, ${path} has ${bytes}`);
  }
  return path;
}

/** RFC 3629. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else bytes += code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function inetPlaceOf(kind: 'tcp' | 'tcp6' | 'udp' | 'udp6', text: string, word: string): ListenPlace {
  const colon = text.lastIndexOf(':');
  const digits = text.slice(colon + 1);
  if (colon < 0 || digits.endsWith(']')) throw refused(word, 'it has no port');
  const number = parseInteger(digits);
  if (number === null) throw refused(word, `${repr(digits)} is no port`);
  const port = portOf(number);
  const name = text.slice(0, colon);
  const protocol = kind.startsWith('udp') ? 'udp' : 'tcp';
  const [, inner] = /^\[(.*)\]$/s.exec(name) ?? [];
  if (inner !== undefined) {
    const host = ipv6Of(inner, word);
    // It makes a difference for `::` alone: of other addresses there is one way to write them.
    return { family: `${protocol}6`, host, port, v6only: kind.endsWith('6') && host === '::' };
  }
  if (name.includes(':')) throw refused(word, 'an IPv6 address stands in brackets');
  if (kind.endsWith('6')) throw refused(word, `${kind}:// takes an IPv6 address in brackets`);
  const host = knownHosts.get(name) ?? name;
  // A name may have several addresses, and another one tomorrow: a held socket has exactly one.
  if (!isIpv4(host)) throw refused(word, `${repr(name)} is no IP address (names are not looked up)`);
  return { family: `${protocol}4`, host, port, v6only: false };
}

/** A link-local address (RFC 4291, 2.5.6) says nothing without its interface, and no other one has any (RFC 4007). */
function ipv6Of(text: string, word: string): string {
  const [, address = text, scope] = /^([^%]*)%([^%\s/]{1,15})$/.exec(text) ?? [];
  const host = canonicalIpv6(address);
  if (host === null) throw refused(word, `${repr(text)} is no IPv6 address`);
  const local = /^fe[89ab]/.test(host);
  if (local && scope === undefined) throw refused(word, `a link-local address needs its interface: [${host}%%eth0]`);
  if (!local && scope !== undefined) throw refused(word, 'only a link-local address has an interface');
  return scope === undefined ? host : `${host}%${scope}`;
}

/** What is said without numbers: every interface, as in [inet_http_server], and this machine. */
const knownHosts: ReadonlyMap<string, string> = new Map([
  ['', '0.0.0.0'],
  ['*', '0.0.0.0'],
  ['localhost', '127.0.0.1'],
]);
