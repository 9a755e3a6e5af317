/*
 * A notice is what event listeners are told: Supervisor's "event". (An event of this room is something that happened to the world.)
 * Its names are Supervisor's, and make a tree: who subscribes to a name hears of all below it.
 */

/** Every name, and the one above it. */
const above = {
  EVENT: null,
  PROCESS_STATE: 'EVENT',
  PROCESS_STATE_STOPPED: 'PROCESS_STATE',
  PROCESS_STATE_EXITED: 'PROCESS_STATE',
  PROCESS_STATE_STARTING: 'PROCESS_STATE',
  PROCESS_STATE_STOPPING: 'PROCESS_STATE',
  PROCESS_STATE_BACKOFF: 'PROCESS_STATE',
  PROCESS_STATE_FATAL: 'PROCESS_STATE',
  PROCESS_STATE_RUNNING: 'PROCESS_STATE',
  PROCESS_STATE_UNKNOWN: 'PROCESS_STATE',
  PROCESS_COMMUNICATION: 'EVENT',
  PROCESS_COMMUNICATION_STDOUT: 'PROCESS_COMMUNICATION',
  PROCESS_COMMUNICATION_STDERR: 'PROCESS_COMMUNICATION',
  PROCESS_LOG: 'EVENT',
  PROCESS_LOG_STDOUT: 'PROCESS_LOG',
  PROCESS_LOG_STDERR: 'PROCESS_LOG',
  REMOTE_COMMUNICATION: 'EVENT',
  SUPERVISOR_STATE_CHANGE: 'EVENT',
  SUPERVISOR_STATE_CHANGE_RUNNING: 'SUPERVISOR_STATE_CHANGE',
  SUPERVISOR_STATE_CHANGE_STOPPING: 'SUPERVISOR_STATE_CHANGE',
  TICK: 'EVENT',
  TICK_5: 'TICK',
  TICK_60: 'TICK',
  TICK_3600: 'TICK',
  PROCESS_GROUP: 'EVENT',
  PROCESS_GROUP_ADDED: 'PROCESS_GROUP',
  PROCESS_GROUP_REMOVED: 'PROCESS_GROUP',
} as const;

export type NoticeName = keyof typeof above;

export function isNoticeName(text: string): text is NoticeName {
  return Object.hasOwn(above, text);
}

/** Whether a subscription to some names hears of this one. */
export function hears(subscribed: ReadonlySet<string>, name: NoticeName): boolean {
  for (let at: NoticeName | null = name; at !== null; at = above[at]) if (subscribed.has(at)) return true;
  return false;
}

/** All names that a subscription to some hears of, those that only stand for others among them. */
export function namesHeard(subscribed: Iterable<string>): ReadonlySet<NoticeName> {
  const wanted = new Set(subscribed);
  const names = Object.keys(above).filter(isNoticeName);
  return new Set(names.filter((name) => hears(wanted, name)));
}
