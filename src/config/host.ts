/** What a look at the accounts of the system says about a user (passwd(5)). */
export type UserAccount = { readonly name: string; readonly uid: number; readonly gid: number; readonly home: string };

/** What a look at the accounts of the system says about a group (group(5)). */
export type GroupAccount = { readonly name: string; readonly gid: number };

/** A file's text (UTF-8), or why there is none. `undecodable` carries the sentence that says which byte is wrong. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'missing' | 'unreadable' }
  | { readonly ok: false; readonly reason: 'undecodable'; readonly detail: string };

/**
 * The seam to the world: everything the configuration asks of it. One host serves one load: it may remember what it has
 * read, so that every name in one configuration is resolved against the same accounts.
 */
export type ConfigHost = {
  /** The name the program was called by; the search path of the configuration file is relative to it. */
  readonly argv0: string;
  /** Absolute working directory. */
  readonly cwd: string;
  /** Real user id of this process. */
  readonly uid: number;
  /** The kernel's node name (uname(2)). */
  readonly hostName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly readFile: (path: string) => FileText;
  /** Follows symbolic links: a dangling one does not exist. */
  readonly exists: (path: string) => boolean;
  /** Does not follow the last symbolic link: a dangling one exists. */
  readonly linkExists: (path: string) => boolean;
  readonly isDirectory: (path: string) => boolean;
  /** Names in a directory, without `.` and `..`; empty when it cannot be read. */
  readonly readDirectory: (path: string) => readonly string[];
  /** By name (text) or id (number). */
  readonly lookupUser: (who: string | number) => UserAccount | null;
  readonly lookupGroup: (which: string | number) => GroupAccount | null;
  /** Ids of all groups that list the user by name. */
  readonly groupsOfUser: (name: string) => readonly number[];
};
