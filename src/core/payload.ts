import type { Effect } from './effects.ts';
import type { NoticeName } from './notice.ts';

/* The bodies of notices as text, token by token as Supervisor writes them (supervisor.events). */

/** Of whom a notice speaks. */
export type Subject = { readonly group: string; readonly name: string };

const about = ({ group, name }: Subject): string => `processname:${name} groupname:${group}`;

type Published = Extract<Effect, { type: 'publish' }>;

export function stateName({ to }: Published): NoticeName {
  return `PROCESS_STATE_${to}`;
}

export function statePayload(published: Published, subject: Subject): string {
  return `${about(subject)} from_state:${published.from}${stateDetail(published)}`;
}

function stateDetail({ to, pid, tries, expected }: Published): string {
  switch (to) {
    case 'STARTING':
    case 'BACKOFF':
      return ` tries:${tries}`;
    case 'EXITED':
      return ` expected:${expected ? 1 : 0} pid:${pid}`;
    case 'RUNNING':
    case 'STOPPING':
    case 'STOPPED':
      return ` pid:${pid}`;
    case 'FATAL':
    case 'UNKNOWN':
      return '';
  }
}

/** The line before what was written. pid: the main process of the generation that wrote it. */
export function logHead(subject: Subject, pid: number, channel: 'stdout' | 'stderr'): string {
  return `${about(subject)} pid:${pid} channel:${channel}\n`;
}

/** The line before what was said between the tags. */
export function communicationHead(subject: Subject, pid: number): string {
  return `${about(subject)} pid:${pid}\n`;
}

export const remotePayload = (type: string, data: string): string => `type:${type}\n${data}`;

export const groupPayload = (group: string): string => `groupname:${group}\n`;

/** The seconds of a tick: a whole multiple of its period since 1970. */
export const tickPayload = (when: number): string => `when:${when}`;

/** The line before a notice on a listener's stdin. length: of the body, in bytes (or, for those who count so, in characters). */
export function envelopeHead(
  server: string,
  pool: string,
  {
    notice,
    poolSerial,
  }: { readonly notice: { readonly serial: number; readonly name: NoticeName }; readonly poolSerial: number },
  length: number,
): string {
  return `ver:3.0 server:${server} serial:${notice.serial} pool:${pool} poolserial:${poolSerial} eventname:${notice.name} len:${length}\n`;
}
