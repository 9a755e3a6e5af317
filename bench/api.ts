/**
 * The API's speed, legato and Supervisor in one run: npm run bench:api [-- --short].
 * Prints a Markdown table; a full run, and a short one with --write, writes it to docs/results/api.md as well.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { HttpResponse } from '../src/control/http-response.ts';
import type { Value } from '../src/control/value.ts';
import { encodeCall } from '../src/control/xml-rpc-encode.ts';
import { daemonSections, rpcInterface } from '../test/support/namespace/daemon-sections.ts';
import { until } from '../test/support/namespace/until.ts';
import { spread } from './measure.ts';
import { monotonic } from './run.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const { seconds, statuses, rounds } = values.short
  ? { seconds: 2, statuses: 5, rounds: 1 }
  : { seconds: 6, statuses: 15, rounds: 3 };
const repository = join(import.meta.dirname, '..');
const programs = {
  legato: { daemon: join(repository, 'bin/legatod'), client: join(repository, 'bin/legatoctl') },
  Supervisor: { daemon: '/usr/bin/supervisord', client: '/usr/bin/supervisorctl' },
};
type Peer = keyof typeof programs;
const peers: readonly Peer[] = ['legato', 'Supervisor'];
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** A connection that makes one call after the other. */
class Caller {
  readonly #socket: Socket;
  #response: HttpResponse | null = null;
  #answered: () => void = () => undefined;
  bytes = 0;

  constructor(path: string) {
    this.#socket = connect({ path });
    this.#socket.on('data', (data: Buffer) => {
      this.#response?.push(data);
      if (this.#response?.done === true) this.#answered();
    });
  }

  async call(method: string, ...params: readonly Value[]): Promise<void> {
    const body = encodeCall(method, params);
    const response: HttpResponse = new HttpResponse((data) => {
      this.bytes += data.length;
    });
    this.#response = response;
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    this.#socket.write(
      `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await answered;
    if (response.status !== 200) throw new Error(`${method}: ${response.status}`);
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** A daemon with so many processes, in a directory of its own. */
class Daemon {
  readonly peer: Peer;
  readonly dir: string = mkdtempSync(join(tmpdir(), 'legato-bench-'));
  readonly #child: ChildProcess;

  constructor(peer: Peer, processes: number, autostart: boolean) {
    this.peer = peer;
    writeFileSync(
      join(this.dir, 'c.conf'),
      `${daemonSections(this.dir, { silent: 'true', loglevel: 'critical', minfds: '8192' })}${rpcInterface}[program:sleep]
command=/bin/sleep 100000
process_name=%(program_name)s_%(process_num)04d
numprocs=${processes}
autostart=${autostart}
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`,
    );
    this.#child = spawn(programs[peer].daemon, ['-n', '-c', join(this.dir, 'c.conf')], {
      cwd: this.dir,
      env: environment,
      stdio: 'ignore',
    });
  }

  async caller(): Promise<Caller> {
    const path = join(this.dir, 's.sock');
    await until(
      'the socket',
      async () => {
        const socket = connect({ path });
        const there = await once(socket, 'connect').then(
          () => true,
          () => false,
        );
        socket.destroy();
        return there;
      },
      { limit: 60_000 },
    );
    return new Caller(path);
  }

  /** Milliseconds from the execution of the client to its end. */
  client(...words: readonly string[]): number {
    const begun = monotonic();
    const ran = spawnSync(programs[this.peer].client, ['-c', join(this.dir, 'c.conf'), ...words], { env: environment });
    const took = monotonic() - begun;
    if (ran.status !== 0)
      throw new Error(`${words.join(' ')}: ${ran.status} ${String(ran.stdout)} ${String(ran.stderr)}`);
    return took;
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Calls of getAllProcessInfo a second, one after the other on one connection. */
async function askingRate(peer: Peer): Promise<number> {
  const daemon = new Daemon(peer, 1000, false);
  try {
    const caller = await daemon.caller();
    for (let warm = 0; warm < 5; warm++) await caller.call('supervisor.getAllProcessInfo');
    const begun = monotonic();
    let calls = 0;
    while (monotonic() - begun < seconds * 1000) {
      await caller.call('supervisor.getAllProcessInfo');
      calls += 1;
    }
    const rate = (calls * 1000) / (monotonic() - begun);
    caller.end();
    return rate;
  } finally {
    await daemon.end();
  }
}

/** Milliseconds that it takes to start 1000 processes by one call. */
async function starting(peer: Peer): Promise<number> {
  const daemon = new Daemon(peer, 1000, false);
  try {
    const caller = await daemon.caller();
    await caller.call('supervisor.getState');
    const begun = monotonic();
    await caller.call('supervisor.startAllProcesses', true);
    const took = monotonic() - begun;
    caller.end();
    return took;
  } finally {
    await daemon.end();
  }
}

/** Both daemons at once, so that the clients are asked in turn. */
async function statusTimes(): Promise<Record<Peer, number>> {
  const daemons = peers.map((peer) => new Daemon(peer, 100, true));
  try {
    for (const daemon of daemons) (await daemon.caller()).end();
    const times: Record<Peer, number[]> = { legato: [], Supervisor: [] };
    for (const daemon of daemons) await until('all to run', () => statusWorks(daemon), { limit: 60_000 });
    for (let round = 0; round < statuses; round++) {
      for (const daemon of daemons) times[daemon.peer].push(daemon.client('status'));
    }
    return { legato: spread(times.legato).median, Supervisor: spread(times.Supervisor).median };
  } finally {
    for (const daemon of daemons) await daemon.end();
  }
}

function statusWorks(daemon: Daemon): boolean {
  try {
    daemon.client('status');
    return true;
  } catch {
    return false;
  }
}

const status = await statusTimes();
console.error(`status: ${JSON.stringify(status)}`);
const rates: Record<Peer, number[]> = { legato: [], Supervisor: [] };
const starts: Record<Peer, number[]> = { legato: [], Supervisor: [] };
for (let round = 0; round < rounds; round++) {
  for (const peer of peers) {
    rates[peer].push(await askingRate(peer));
    starts[peer].push(await starting(peer));
    console.error(`${peer}: ${rates[peer].at(-1)?.toFixed(1)}/s, start ${starts[peer].at(-1)?.toFixed(0)} ms`);
  }
}
const asked = { legato: spread(rates.legato).median, Supervisor: spread(rates.Supervisor).median };
const started = { legato: spread(starts.legato).median, Supervisor: spread(starts.Supervisor).median };
const text = `# The API

Written by \`npm run bench:api\` (bench/api.ts). Do not edit.

${new Date().toISOString().slice(0, 10)} · ${cpus().length} cores, load average at the end ${loadavg()[0]?.toFixed(1)} · median of ${rounds} round(s), of ${statuses} runs of the clients in turn.

| what | legato | Supervisor | legato is better by |
|---|---:|---:|---:|
| getAllProcessInfo of 1000 processes, calls a second (one connection, ${seconds} s) | ${asked.legato.toFixed(1)} | ${asked.Supervisor.toFixed(1)} | ${(asked.legato / asked.Supervisor).toFixed(1)} × |
| \`status\` of 100 processes, exec to exit, ms (legatoctl, supervisorctl) | ${status.legato.toFixed(0)} | ${status.Supervisor.toFixed(0)} | ${(status.Supervisor / status.legato).toFixed(1)} × |
| startAllProcesses of 1000 (startsecs=0), call to answer, ms | ${started.legato.toFixed(0)} | ${started.Supervisor.toFixed(0)} | ${(started.Supervisor / started.legato).toFixed(1)} × |

- On a loaded machine the ratios, taken in turn in one run, say more than the figures.
`;
console.log(text);
if (!values.short || values.write) {
  mkdirSync(join(repository, 'docs/results'), { recursive: true });
  writeFileSync(join(repository, 'docs/results/api.md'), text);
}
