import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/*
 * Browsers carry out what strange pages ask of them, with the user's credentials and from inside the user's network. What
 * tells such a request from an honest one: Sec-Fetch-Site (Fetch Metadata), Origin (RFC 6454), and the name in Host.
 */

/** The name in a Host header or an origin, without the port, in lower case; IPv6 without brackets. */
function nameIn(authority: string): string {
  return authority
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/**
 * A page of another site sent this. Clients that are no browsers send neither header. Over plain HTTP browsers leave
 * Sec-Fetch-Site out but for localhost; Origin they send with every POST. Only names are compared: a proxy in front may speak
 * TLS or have another port.
 */
export function isCrossSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  // `none`: typed in or from a bookmark.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  const [, authority] = /^https?:\/\/([^/?#]+)$/.exec(origin) ?? [];
  return authority === undefined || nameIn(authority) !== nameIn(headers.host ?? '');
}

/** The last labels of names that nobody can register. */
const privateZones: readonly string[] = ['localhost', 'local', 'internal', 'lan', 'test'];

/**
 * The name by which the server was asked for is one that a stranger may own (DNS rebinding: a page of evil.example whose name
 * is pointed at this machine is of the same origin as we are). Addresses, names without a dot, those of private zones and
 * this machine's own cannot be a stranger's.
 * @param own further names of this server: those of its configuration
 */
export function isStrangeHost({ headers }: IncomingMessage, own: readonly string[]): boolean {
  const name = nameIn(headers.host ?? '').replace(/\.$/, '');
  if (name === '' || isIP(name) !== 0 || !name.includes('.')) return false;
  if (privateZones.includes(name.slice(name.lastIndexOf('.') + 1))) return false;
  const machine = hostname().toLowerCase();
  return name !== machine && !own.includes(name) && !(machine !== '' && name.startsWith(`${machine}.`));
}

/**
 * May be a browser's. Every POST of one has Origin; of what it gets without asking a server first (pages, streams) only
 * Accept-Encoding is always there, which a page can neither set nor leave out.
 */
export function mayBeBrowser({ headers, method }: IncomingMessage): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return method !== 'POST' && /\b(?:gzip|deflate|br)\b/.test(String(headers['accept-encoding'] ?? ''));
}
