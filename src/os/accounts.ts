import { readFileSync } from 'node:fs';
import type { GroupAccount, UserAccount } from '../config/host.ts';

/** The accounts of the system (passwd(5), group(5)), each file read once, when first asked for. */
export class Accounts {
  #users: UserAccount[] | null = null;
  #groups: (GroupAccount & { readonly members: readonly string[] })[] | null = null;

  /** By name (text) or id (number). Names the files do not have (LDAP, systemd) are asked of getent(1). */
  user(who: string | number): UserAccount | null {
    this.#users ??= linesOf('/etc/passwd').flatMap(userOf);
    const found = this.#users.find((user) => (typeof who === 'number' ? user.uid === who : user.name === who));
    if (found !== undefined) return found;
    const asked = getent('passwd', who).flatMap(userOf)[0];
    if (asked === undefined || (typeof who === 'string' && asked.name !== who)) return null;
    this.#users.push(asked);
    return asked;
  }

  group(which: string | number): GroupAccount | null {
    this.#groups ??= linesOf('/etc/group').flatMap(groupOf);
    const found = this.#groups.find((group) =>
      typeof which === 'number' ? group.gid === which : group.name === which,
    );
    if (found !== undefined) return found;
    const asked = getent('group', which).flatMap(groupOf)[0];
    if (asked === undefined || (typeof which === 'string' && asked.name !== which)) return null;
    this.#groups.push(asked);
    return asked;
  }

  /** Ids of the groups that list the user. */
  groupsOf(name: string): number[] {
    this.#groups ??= linesOf('/etc/group').flatMap(groupOf);
    return this.#groups.filter((group) => group.members.includes(name)).map((group) => group.gid);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // A container without the file has no such accounts.
    return [];
  }
}

function userOf(line: string): UserAccount[] {
  const [name, , uid, gid, , home] = line.split(':');
  if (name === undefined || name === '' || !isId(uid) || !isId(gid)) return [];
  return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '' }];
}

function groupOf(line: string): (GroupAccount & { readonly members: readonly string[] })[] {
  const [name, , gid, members] = line.split(':');
  if (name === undefined || name === '' || !isId(gid)) return [];
  return [{ name, gid: Number(gid), members: members === undefined || members === '' ? [] : members.split(',') }];
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^[0-9]+$/.test(text);
}

/** The answer of getent(1), which knows all sources of nsswitch.conf(5); nothing where it is not installed or finds nothing. */
function getent(database: 'passwd' | 'group', key: string | number): string[] {
  // getent takes several keys and options; a name with white space or a dash first is none it could have.
  if (typeof key === 'number' ? key < 0 : !/^[\w.][\w.$@\\-]*$/.test(key)) return [];
  try {
    // Loaded only here: hardly any configuration needs it, and it is not small.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const answer = execFileSync('getent', [database, String(key)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    return answer.split('\n');
  } catch {
    return [];
  }
}
