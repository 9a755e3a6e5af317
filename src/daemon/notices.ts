import type { Effect } from '../core/effects.ts';
import type { NoticeName } from '../core/notice.ts';
import {
  communicationHead,
  groupPayload,
  logHead,
  remotePayload,
  type Subject,
  stateName,
  statePayload,
  tickPayload,
} from '../core/payload.ts';
import type { ProcessKey } from '../core/program.ts';
import { readable } from '../os/readable-text.ts';
import type { Daemon } from './daemon.ts';
import type { Channel } from './process-logs.ts';
import { Ticks } from './ticks.ts';

/** What listeners are told, put into words. Where nobody hears of it nothing is made. */
export class Notices {
  readonly #daemon: Daemon;
  readonly #ticks: Ticks;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    this.#ticks = new Ticks((name, when) => this.#tell(name, tickPayload(when)));
  }

  /** The pools have changed: who is woken up by which tick. */
  listenForTicks(): void {
    this.#ticks.listen((name) => this.#daemon.eventListeners.hears(name));
  }

  stopTicks(): void {
    this.#ticks.stop();
  }

  /** A process has entered a state. */
  published(effect: Extract<Effect, { type: 'publish' }>): void {
    const { eventListeners } = this.#daemon;
    const name = stateName(effect);
    if (eventListeners.hears(name)) this.#tell(name, statePayload(effect, this.#subject(effect.process)));
    // At the very end a listener hears what there is to say until it is gone.
    const hears = effect.to === 'RUNNING' || (effect.to === 'STOPPING' && this.#daemon.ending.begun);
    if (hears || effect.from === 'RUNNING' || effect.from === 'STOPPING') eventListeners.up(effect.process, hears);
  }

  /** data: what a process wrote, readable; borrowed. */
  logged(process: ProcessKey, pid: number, channel: Channel, data: Buffer): void {
    const name = channel === 'stdout' ? 'PROCESS_LOG_STDOUT' : 'PROCESS_LOG_STDERR';
    if (data.length === 0 || !this.#daemon.eventListeners.hears(name)) return;
    const head = Buffer.from(logHead(this.#subject(process), pid, channel));
    this.#daemon.eventListeners.notice(name, Buffer.concat([head, data]));
  }

  /** What a process said between the tags. */
  said(process: ProcessKey, pid: number, channel: Channel, data: Buffer): void {
    const { eventListeners, mainLog } = this.#daemon;
    const subject = this.#subject(process);
    const name = channel === 'stdout' ? 'PROCESS_COMMUNICATION_STDOUT' : 'PROCESS_COMMUNICATION_STDERR';
    if (eventListeners.hears(name)) {
      eventListeners.notice(name, Buffer.concat([Buffer.from(communicationHead(subject, pid)), readable(data)]));
    }
    mainLog.log('debug', `'${subject.name}' ${channel} emitted a comm event`);
  }

  remote(type: string, data: string): void {
    this.#tell('REMOTE_COMMUNICATION', remotePayload(type, data));
  }

  group(name: 'PROCESS_GROUP_ADDED' | 'PROCESS_GROUP_REMOVED', group: string): void {
    this.#tell(name, groupPayload(group));
  }

  supervisor(name: 'SUPERVISOR_STATE_CHANGE_RUNNING' | 'SUPERVISOR_STATE_CHANGE_STOPPING'): void {
    this.#tell(name, '');
  }

  #tell(name: NoticeName, text: string): void {
    if (this.#daemon.eventListeners.hears(name)) this.#daemon.eventListeners.notice(name, Buffer.from(text));
  }

  #subject(process: ProcessKey): Subject {
    return this.#daemon.services.process(process) ?? { group: '', name: process };
  }
}
