import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ConfigHost, FileText } from '../config/host.ts';
import { utf8Fault } from '../config/utf8.ts';
import { Accounts } from './accounts.ts';

/** The world of this process, for one load of a configuration. `argv0` is the name the program was called by. */
export function nodeConfigHost(argv0: string): ConfigHost {
  const accounts = new Accounts();
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  return {
    argv0,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? 0,
    hostName: hostname(),
    environment,
    readFile,
    exists: (path) => answers(() => statSync(path)) !== null,
    linkExists: (path) => answers(() => lstatSync(path)) !== null,
    isDirectory: (path) => answers(() => statSync(path))?.isDirectory() ?? false,
    readDirectory: (path) => answers(() => readdirSync(path)) ?? [],
    lookupUser: (who) => accounts.user(who),
    lookupGroup: (which) => accounts.group(which),
    groupsOfUser: (name) => accounts.groupsOf(name),
  };
}

function readFile(path: string): FileText {
  try {
    const bytes = readFileSync(path);
    // A byte order mark stays: it is a character like any other, and a header behind it is not found.
    if (isUtf8(bytes)) return { ok: true, text: bytes.toString('utf8') };
    return { ok: false, reason: 'undecodable', detail: utf8Fault(bytes) };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { ok: false, reason: missing ? 'missing' : 'unreadable' };
  }
}

/** What a look-up finds, null where it fails: for Supervisor, too, a path that cannot be looked at is not there. */
function answers<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
