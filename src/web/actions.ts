import { faultCode } from '../control/contract.ts';
import { call } from '../control/methods.ts';
import type { Supervisor } from '../control/supervisor.ts';
import { Fault } from '../control/value.ts';
import type { State } from '../core/status.ts';

/** What can be done to one process, and to all: the words are those of Supervisor's links. */
export const processActions = ['start', 'stop', 'restart', 'clearlog'] as const;
export const commonActions = ['refresh', 'restartall', 'stopall'] as const;

export type ProcessAction = (typeof processActions)[number];
export type CommonAction = (typeof commonActions)[number];

/** Something that is asked for. */
export type Wish =
  | { readonly action: ProcessAction; readonly process: string }
  | { readonly action: CommonAction; readonly process: null };

/** Reads a wish from the fields of a form or link; null: there is none, or not one of these. */
export function wishOf(fields: URLSearchParams): Wish | null {
  const asked = fields.get('action') ?? '';
  const process = fields.get('processname') ?? '';
  const common = commonActions.find((action) => action === asked);
  if (common !== undefined) return { action: common, process: null };
  const action = processActions.find((one) => one === asked);
  return action === undefined || process === '' ? null : { action, process };
}

const faultTexts: ReadonlyMap<number, string> = new Map([
  [faultCode.NO_FILE, 'no such file'],
  [faultCode.NOT_EXECUTABLE, 'file not executable'],
  [faultCode.ALREADY_STARTED, 'already started'],
  [faultCode.SPAWN_ERROR, 'spawn error'],
  [faultCode.ABNORMAL_TERMINATION, 'abnormal termination'],
]);

/** Supervisor's sentences for what went wrong. */
function complaint(error: unknown, process: string): string {
  if (!(error instanceof Fault)) throw error;
  if (error.code === faultCode.BAD_NAME) return `No such process named ${process}`;
  const known = faultTexts.get(error.code);
  if (known !== undefined) return `ERROR: Process ${process}: ${known}`;
  return `unexpected rpc fault [${error.code}] ${error.message}`;
}

async function restart(supervisor: Supervisor, process: string): Promise<void> {
  await call(supervisor, 'supervisor.stopProcess', [process]).catch((error: unknown) => {
    if (!(error instanceof Fault && error.code === faultCode.NOT_RUNNING)) throw error;
  });
  await call(supervisor, 'supervisor.startProcess', [process]);
}

/** asctime(3): `Wed Nov 25 23:04:55 2026`. */
export function ctime(date: Date): string {
  const [weekday, month, day, year] = date.toDateString().split(' ');
  const clock = date.toTimeString().slice(0, 8);
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}

async function done(supervisor: Supervisor, wish: Wish): Promise<string> {
  const { action, process } = wish;
  switch (action) {
    case 'refresh':
      return `Page refreshed at ${ctime(new Date())}`;
    case 'stopall':
      await call(supervisor, 'supervisor.stopAllProcesses', []);
      return `All stopped at ${ctime(new Date())}`;
    case 'restartall':
      await call(supervisor, 'supervisor.stopAllProcesses', []);
      await call(supervisor, 'supervisor.startAllProcesses', []);
      return `All restarted at ${ctime(new Date())}`;
    case 'start':
      await call(supervisor, 'supervisor.startProcess', [process]);
      return `Process ${process} started`;
    case 'stop':
      await call(supervisor, 'supervisor.stopProcess', [process]);
      return `Process ${process} stopped`;
    case 'restart':
      await restart(supervisor, process);
      return `Process ${process} restarted`;
    case 'clearlog':
      await call(supervisor, 'supervisor.clearProcessLogs', [process]);
      return `Log for ${process} cleared`;
  }
}

/** Milliseconds after which a page is shown although what was asked for is not done: it goes on, and the page shows how. */
const patience = 8000;

/** Carries out a wish and says what became of it, in Supervisor's sentences. */
export async function carryOut(supervisor: Supervisor, wish: Wish): Promise<string> {
  const name = wish.process ?? 'all';
  const outcome = done(supervisor, wish).catch((error: unknown) => complaint(error, name));
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${wish.action} of ${name} goes on`), patience);
  });
  try {
    return await Promise.race([outcome, impatient]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a process in a state can be asked for; its log can be cleared at any time. */
export function actionsFor(state: State): readonly ProcessAction[] {
  switch (state) {
    case 'RUNNING':
      return ['restart', 'stop'];
    case 'STARTING':
    case 'BACKOFF':
      return ['stop'];
    case 'STOPPING':
      return [];
    case 'STOPPED':
    case 'EXITED':
    case 'FATAL':
    case 'UNKNOWN':
      return ['start'];
  }
}
