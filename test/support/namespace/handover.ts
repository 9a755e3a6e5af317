import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandoverReport } from '../../../src/control/contract.ts';
import type { Running } from './supervisor.ts';
import { until } from './until.ts';

export type Report = HandoverReport;

/** The exit code and the one report of `legatoctl handover NAME --json`. */
export async function handover(
  running: Running,
  name: string,
  ...options: readonly string[]
): Promise<{ code: number | null; report: HandoverReport }> {
  const { code, stdout, stderr } = await running.legatoctl('handover', name, '--json', ...options);
  assert.notEqual(stdout, '', `no report of ${name}: ${stderr}\n${running.evidence()}`);
  const [report] = JSON.parse(stdout) as HandoverReport[];
  assert.ok(report, `a report of ${name}: ${stdout}`);
  return { code, report };
}

export async function untilRunning(running: Running, name: string): Promise<void> {
  await until(`${name} to be RUNNING`, async () => (await running.status(name)).includes('RUNNING'), running);
}

/** Seconds for which a next generation has to stay ready from now on, of every program that says so; what runs is left as it is. */
export async function setMinReady(running: Running, seconds: number): Promise<void> {
  const file = join(running.dir, 'c.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^min_ready=.*$/gm, `min_ready=${seconds}`));
  const { stdout } = await running.legatoctl('update');
  assert.match(stdout, /^\S+: updated process group\n$/);
}

/** What `legatoctl tree NAME` prints. */
export async function treeOf(running: Running, name: string): Promise<string> {
  return (await running.legatoctl('tree', name)).stdout;
}
