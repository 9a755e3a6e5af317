import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

import { environmentOf, familyOf, processTable } from '../test/support/namespace/process-table.ts';
import { until } from '../test/support/namespace/until.ts';
import type { Contestant } from './contestants.ts';

/** A start that the service itself noted: milliseconds of CLOCK_MONOTONIC, which is also performance's and hrtime's clock. */
export type Start = { readonly pid: number; readonly at: number };

/** One supervisor with its services, from start to end. */
export class Run {
  readonly #dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
  readonly #record = join(this.#dir, 'record');
  readonly #contestant: Contestant;
  readonly #child: ChildProcess;

  constructor(contestant: Contestant, service: string, count: number) {
    this.#contestant = contestant;
    writeFileSync(this.#record, '');
    const words = contestant.prepare(this.#dir, service, count);
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', BENCH_RECORD: this.#record };
    const out = openSync(join(this.#dir, 'console'), 'w');
    this.#child = spawn(service, ['exec', ...words], { cwd: this.#dir, env, stdio: ['ignore', out, out] });
    closeSync(out);
  }

  /** When the supervisor was executed. */
  get began(): number {
    return this.#starts()[0]?.at ?? Number.NaN;
  }

  /** The starts of services so far, in the order in which they were noted. */
  get services(): Start[] {
    return this.#starts().slice(1);
  }

  /** Waits until so many services have been started in all. */
  async started(count: number): Promise<Start[]> {
    return await until(
      `${count} starts below ${this.#contestant.name}`,
      () => this.services.length >= count && this.services,
      {
        limit: 20_000,
        every: 2,
        evidence: () => readFileSync(join(this.#dir, 'console'), 'utf8'),
      },
    );
  }

  /** The supervisor's own processes: its family without the services. */
  own(): number[] {
    const rows = processTable();
    const family = familyOf(rows, [this.#child.pid ?? 0]);
    const services = new Set(this.services.map((start) => start.pid));
    return rows.flatMap((row) => (family.has(row.pid) && !services.has(row.pid) ? [row.pid] : []));
  }

  /** kill -9 of a service; the milliseconds until its successor runs. */
  async respawn(victim: Start): Promise<number> {
    const before = this.services.length;
    const at = monotonic();
    process.kill(victim.pid, 'SIGKILL');
    const starts = await this.started(before + 1);
    return (starts.at(-1)?.at ?? Number.NaN) - at;
  }

  /** Ends all of it: milliseconds until no service was left, and until the supervisor itself had ended. */
  async end(): Promise<{ readonly services: number; readonly supervisor: number }> {
    let living = this.services.map((start) => start.pid).filter((pid) => this.#isOurs(pid));
    const at = monotonic();
    const exit = once(this.#child, 'exit').then(() => monotonic() - at);
    this.#child.kill(this.#contestant.end);
    while (living.length > 0 && monotonic() - at < 15_000) {
      living = living.filter(isThere);
      await turn();
    }
    const services = monotonic() - at;
    return { services, supervisor: await exit };
  }

  /** Whatever was not ended goes, and the files with it. */
  async clear(): Promise<void> {
    await until('every process of the run to be gone', () => {
      const left = processTable().filter((row) => row.state !== 'Z' && this.#isOurs(row.pid));
      for (const row of left) if (isThere(row.pid)) process.kill(row.pid, 'SIGKILL');
      return left.length === 0;
    });
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }

  #starts(): Start[] {
    const lines = readFileSync(this.#record, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [pid = 0, nanoseconds = 0] = line.split(' ').map(Number);
      return { pid, at: nanoseconds / 1e6 };
    });
  }

  #isOurs(pid: number): boolean {
    return environmentOf(pid).includes(`BENCH_RECORD=${this.#record}\0`);
  }
}

export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export async function rest(milliseconds: number): Promise<void> {
  await pause(milliseconds);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
