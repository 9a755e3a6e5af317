import { ConfigError } from '../config-error.ts';
import type { ConfigHost, UserAccount } from '../host.ts';
import { parseInteger } from './number.ts';

/** A user by name or id. @throws ConfigError when there is none. */
export function userOf(text: string, host: ConfigHost): UserAccount {
  if (text.includes('\0')) throw new ConfigError('embedded null byte');
  const uid = parseInteger(text);
  const account = host.lookupUser(uid ?? text);
  if (account === null) throw new ConfigError(`Invalid user ${uid === null ? 'name' : 'id'} ${text}`);
  return account;
}

/** `user` or `user:group`, names or ids. Without a group the gid is -1: chown(2) leaves it as it is. */
export function ownerOf(text: string, host: ConfigHost): Owner {
  const colon = text.indexOf(':');
  const account = host.lookupUser(nameOrId(colon < 0 ? text : text.slice(0, colon)));
  const group = colon < 0 ? { gid: -1 } : host.lookupGroup(nameOrId(text.slice(colon + 1)));
  if (account === null || group === null) throw new ConfigError(`Invalid user:group definition ${text}`);
  return { uid: account.uid, gid: group.gid };
}

export type Owner = { readonly uid: number; readonly gid: number };

function nameOrId(text: string): string | number {
  return parseInteger(text) ?? text;
}

/** Who a process is to be: the user, its own group, and every group that lists it (setgroups(2)). */
export function identityOf(account: UserAccount, host: ConfigHost): Identity {
  return {
    user: account.name,
    uid: account.uid,
    gid: account.gid,
    groups: [account.gid, ...host.groupsOfUser(account.name)],
  };
}

export type Identity = {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
};
