/**
 * Replacing the same services by their peers' means and by legato, in one run: npm run bench:handover [-- --only TEXT].
 * Each line is kept below build/handover-peers/; when all are there they are written to docs/results/handover-peers.md.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadResult } from '../../test/support/load/options.ts';
import { nameOf, rows } from '../handovers/rows.ts';
import { alone } from '../handovers/run.ts';
import { measure, type Seen } from './measure.ts';
import { type Peer, peers } from './peer.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const began = new Date();
const busy = loadavg()[0] ?? 0;
const root = join(import.meta.dirname, '../..');
const store = join(root, 'build/handover-peers');
mkdirSync(store, { recursive: true });
const files = peers.map((_, index) => join(store, `${index + 1}.txt`));

for (const [index, peer] of peers.entries()) {
  const row = rows.find((one) => nameOf(one) === peer.row);
  if (row === undefined) throw new Error(`no such row: ${peer.row}`);
  if (!`${peer.name} ${row.service}`.includes(values.only)) continue;
  try {
    const line = lineOf(peer, row.service, await alone((t) => measure(t, peer, row)));
    console.log(line);
    writeFileSync(files[index] ?? '', line);
  } catch (error) {
    // The others go on; this one can be run again by itself.
    console.error(`${peer.name}, ${row.service}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
if (files.every(existsSync)) {
  const lines = files.map((file) => readFileSync(file, 'utf8'));
  writeFileSync(join(root, 'docs/results/handover-peers.md'), page(lines));
}

function failed({ failed: count, requests }: LoadResult): string {
  return `${count === 0 ? '**0**' : count} of ${requests}`;
}

function lineOf({ name }: Peer, service: string, { quiet, fresh, kept, broken, answers, asked }: Seen): string {
  const ratio = fresh.latencyMs.p999 / quiet.latencyMs.p999;
  const cells = [
    service,
    name,
    failed(fresh),
    kept.connections >= kept.requests ? 'it keeps none' : failed(kept),
    `${Math.round(fresh.longestPauseMs)}`,
    `${quiet.latencyMs.p999} → ${fresh.latencyMs.p999} (${ratio.toFixed(1)} ×)`,
    `${failed(broken)}; then ${answers} of ${asked} answered`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function page(lines: readonly string[]): string {
  const version = (name: string): string =>
    execFileSync('dpkg-query', ['-W', '-f=${Package} ${Version}', name], { encoding: 'utf8' });
  return `# Handover beside the peers

Written by \`npm run bench:handover\` (bench/peers/). Do not edit.

${began.toISOString().slice(0, 16)} UTC · Linux ${release()} · ${cpus().length} cores, load ${busy.toFixed(1)} when that began · Node ${process.versions.node} · pm2 7.0.4 · ${['supervisor', 'gunicorn', 'nginx-light', 'haproxy'].map(version).join(' · ')}

| service | replaced by | failed, a connection per request | failed, kept connections | longest pause, ms | p99.9, ms: untouched → replaced | a deploy that cannot be loaded: failed |
|---|---|---:|---:|---:|---:|---:|
${lines.join('\n')}

- Line after line, in one run or in parts (the date is the last part's), the same load on all: 6 clients without a retry, which rest 5 ms between two requests. Three reloads with a connection per request, three with kept connections, then one with a broken release.
- The service is the same one in every line of its kind: Node's server binds its own port and knows of no shutdown (on descriptor 0, as fcgi-program, it calls \`close()\`); the example's web service is the one of examples/app-test, which execs itself anew on HUP;
  gunicorn has 2 workers of 4 threads. legato's lines are the rows of [handovers.md](handovers.md), with \`listen_mode=adopt\`.
- The machine is shared: read the figures as ratios within this table. A pause is the longest time in which no request succeeded.
- A deploy is broken by an import that fails (nginx, HAProxy: a file that is not there). After it, and three seconds, eight requests are tried.
`;
}
