import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Client, ProtocolError } from '../../src/control/client.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { type Peer, repository } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { type ClientName, masked, type Ran, type Run, runClient, runLegatoctl, runSupervisorctl } from './clients.ts';

type Pair = { readonly name: string; readonly client: ClientName; readonly daemon: Peer };

/** The first is the measure of the others. */
const pairs: readonly Pair[] = [
  { name: 'supervisorctl with supervisord', client: 'supervisorctl', daemon: 'supervisor' },
  { name: 'legatoctl with supervisord', client: 'legatoctl', daemon: 'supervisor' },
  { name: 'supervisorctl with legatod', client: 'supervisorctl', daemon: 'legato' },
  { name: 'legatoctl with legatod', client: 'legatoctl', daemon: 'legato' },
];

const daemons: Record<Peer, string> = { legato: join(repository, 'bin/legatod'), supervisor: '/usr/bin/supervisord' };

/** A configuration for one twin, whose directory is given. */
export type Configuration = (dir: string) => string;

/** What supervisorctl must do. anyOrder: lines may come in any order (two daemons stop equals in different ones). */
export type Expected = {
  readonly code?: number;
  readonly out?: RegExp;
  readonly err?: RegExp;
  readonly anyOrder?: true;
  /** legatod does it in another way (docs/differences.md); legatoctl with supervisord is still compared. */
  readonly differs?: true;
};

function sorted(ran: Ran): Ran {
  return { ...ran, out: ran.out.split('\n').sort().join('\n') };
}

/** It answers, if only that it wants to know who asks. */
function isThere(client: Client): Promise<boolean> {
  return client.call('system.listMethods').then(
    () => true,
    (error: unknown) => error instanceof ProtocolError,
  );
}

/**
 * Both clients with both daemons, each daemon with the same configuration. A step is done by every pair on its own: what they print and how
 * they exit must be the same.
 */
export class Twins {
  readonly dirs: Readonly<Record<string, string>>;
  readonly #pairs: readonly Pair[];
  readonly #run: { readonly [C in ClientName]: Run };

  /** withLegatod: false where its way is another. */
  constructor(t: TestContext, withLegatod = true) {
    const dir = scratch(t);
    this.#pairs = pairs.filter(({ daemon }) => withLegatod || daemon === 'supervisor');
    this.dirs = Object.fromEntries(this.#pairs.map(({ name }, index) => [name, join(dir, String(index))]));
    for (const own of Object.values(this.dirs)) mkdirSync(own);
    this.#run = { supervisorctl: runSupervisorctl, legatoctl: runLegatoctl };
  }

  /** The directory of legatoctl's own supervisord. */
  get ours(): string {
    return this.dirs['legatoctl with supervisord'] ?? '';
  }

  configure(configuration: Configuration): void {
    for (const dir of Object.values(this.dirs)) writeFileSync(join(dir, 's.conf'), configuration(dir));
  }

  /** Starts the daemons; they are ended with the test. */
  async start(t: TestContext): Promise<void> {
    await Promise.all(
      this.#pairs.map(async ({ name, daemon }) => {
        const dir = this.dirs[name] ?? '';
        const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };
        const child = spawn(daemons[daemon], ['-c', join(dir, 's.conf')], { cwd: dir, stdio: 'ignore', env });
        const ended = once(child, 'close');
        t.after(async () => {
          child.kill('SIGTERM');
          await ended;
        });
        const client = new Client({ serverurl: `unix://${dir}/s.sock`, username: null, password: null });
        await until(name, () => isThere(client));
      }),
    );
  }

  /** Has all pairs do the same; with an input each client is a process of its own that reads it. The first is supervisorctl's with supervisord. */
  async all(words: readonly string[], input?: string): Promise<readonly { readonly pair: Pair; readonly ran: Ran }[]> {
    return await Promise.all(
      this.#pairs.map(async (pair) => {
        const dir = this.dirs[pair.name] ?? '';
        const own = words.map((word) => word.replaceAll('DIR', dir));
        const { client } = pair;
        const ran = await (input === undefined ? this.#run[client](own) : runClient(client, own, input));
        return { pair, ran: masked(ran, dir) };
      }),
    );
  }

  /** A line of the shell. What is expected of supervisorctl shows that the situation was there. */
  async same(line: string, expected?: Expected): Promise<void> {
    await this.sameWords(['-c', 'DIR/s.conf', ...line.split(' ').filter(Boolean)], line, expected);
  }

  async sameWords(
    words: readonly string[],
    what: string = words.join(' '),
    expected: Expected = {},
    input?: string,
  ): Promise<void> {
    const [measure, ...others] = await this.all(words, input);
    const theirs = measure?.ran ?? assert.fail();
    for (const { pair, ran } of others) {
      if (expected.differs && pair.daemon === 'legato') continue;
      const text = `${what}: ${pair.name}`;
      if (expected.anyOrder) assert.deepEqual(sorted(ran), sorted(theirs), text);
      else assert.deepEqual(ran, theirs, text);
    }
    if (expected.code !== undefined) assert.equal(theirs.code, expected.code, what);
    if (expected.out !== undefined) assert.match(theirs.out, expected.out, what);
    if (expected.err !== undefined) assert.match(theirs.err, expected.err, what);
  }
}
