import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { type Answered, type Ask, asker } from './asks.ts';
import { type Running, start } from './supervisor.ts';
import { until } from './until.ts';

/** What two daemons cannot have in common. */
function masked(value: unknown, dir: string, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, dir));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item, dir, name)]));
  }
  if (typeof value === 'number') return ['pid', 'start', 'stop', 'now'].includes(key) && value > 0 ? 'N' : value;
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(dir, 'DIR')
    .replace(/-supervisor-\w{8}\.log/, '-supervisor-RANDOM.log')
    .replace(/pid \d+, uptime \d+:\d\d:\d\d/, 'pid N, uptime T')
    .replace(/^[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M$/, 'DATE')
    .replace(/ \(DIR\/c\.conf:\d+\)$/, '');
}

/** Debian's supervisord and legatod with the same programs. What one is asked, the other one is. */
export class ApiTwins {
  readonly #supervisor: { readonly running: Running; readonly ask: Ask };
  readonly #legato: { readonly running: Running; readonly ask: Ask };

  private constructor(t: TestContext, supervisor: Running, legato: Running) {
    this.#supervisor = { running: supervisor, ask: asker(t, supervisor) };
    this.#legato = { running: legato, ask: asker(t, legato) };
  }

  static async start(t: TestContext, sections: string): Promise<ApiTwins> {
    const [supervisor, legato] = await Promise.all([
      start(t, { peer: 'supervisor', programs: sections }),
      start(t, { peer: 'legato', programs: sections }),
    ]);
    return new ApiTwins(t, supervisor, legato);
  }

  get dirs(): readonly string[] {
    return [this.#supervisor.running.dir, this.#legato.running.dir];
  }

  /** Both are asked; an argument may have DIR for the directory. */
  async both(method: string, ...args: readonly unknown[]): Promise<readonly [Answered, Answered]> {
    const asked = async ({ running, ask }: { running: Running; ask: Ask }): Promise<Answered> => {
      const own = args.map((arg) => (typeof arg === 'string' ? arg.replaceAll('DIR', running.dir) : arg));
      return masked(await ask(method, ...own), running.dir) as Answered;
    };
    return Promise.all([asked(this.#supervisor), asked(this.#legato)]);
  }

  /** The answers are the same; what Supervisor's is shows that the situation was there. */
  async same(method: string, args: readonly unknown[] = [], expected?: unknown): Promise<Answered> {
    const [theirs, ours] = await this.both(method, ...args);
    const what = `${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
    assert.deepEqual(ours, theirs, what);
    if (expected !== undefined) assert.deepEqual(theirs, expected, what);
    return theirs;
  }

  fault(method: string, args: readonly unknown[], code: number, text: string): Promise<Answered> {
    return this.same(method, args, { fault: [code, text] });
  }

  /** Waits until both have read what a process has said. */
  async log(name: string, out: string, err: string): Promise<void> {
    for (const { ask } of [this.#supervisor, this.#legato]) {
      await until(`the output of ${name}`, async () => {
        const read = await Promise.all([
          ask('supervisor.readProcessStdoutLog', name, 0, 0),
          ask('supervisor.readProcessStderrLog', name, 0, 0),
        ]);
        return isDeepStrictEqual(read, [{ value: out }, { value: err }]);
      });
    }
  }

  /** Waits until both say that a process is in a state. */
  async state(name: string, state: string, besides: RegExp = /./): Promise<void> {
    for (const { ask } of [this.#supervisor, this.#legato]) {
      await until(`${name} to be ${state}`, async () => {
        const info = JSON.stringify(await ask('supervisor.getProcessInfo', name)).replaceAll(' ', '');
        return info.includes(`"statename":"${state}"`) && besides.test(info);
      });
    }
  }
}
