import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { brainOf } from '../../test/support/namespace/brain-death.ts';
import { install } from '../../test/support/namespace/installation.ts';
import { repository } from '../../test/support/namespace/supervisor.ts';
import type { Interruption } from './run.ts';

const parts = ['both', 'brain', 'init'] as const;

/** How an upgrade is refused that comes at a bad moment (docs/upgrade.md). */
const later = /try again then/;

type Outcome = { readonly ok: boolean; readonly reason: string; readonly now: { readonly path: string } };

/** Upgrades between two installations below `dir`: in turn of brain and init, of the brain alone, and of init alone. */
export function upgradesIn(dir: string): Interruption {
  const places = [install(join(dir, 'one'), '0.2.0'), install(join(dir, 'two'), '0.3.0')];
  const now = { brain: repository, init: repository };
  return {
    interrupt: async (running, _next, round, amiss) => {
      const [place, part] = [places[round % 2] ?? '', parts[round % parts.length] ?? 'both'];
      const words = ['upgrade', '--json', '--to', place, ...(part === 'both' ? [] : ['--only', part])];
      const brain = brainOf(running);
      for (;;) {
        const { stdout, stderr } = await running.legatoctl(...words);
        if (later.test(stderr)) {
          await pause(50);
          continue;
        }
        if (stdout === '') {
          amiss(`the upgrade has no answer: ${stderr.trim()}`);
          return 0;
        }
        const { ok, reason, now: current } = JSON.parse(stdout) as Outcome;
        if (part !== 'init') now.brain = place;
        if (part !== 'brain') now.init = place;
        const image = readlinkSync(`/proc/${running.pid}/exe`);
        if (!ok) amiss(`the upgrade failed: ${reason}`);
        else if (current.path !== now.brain || image !== join(now.init, 'bin/legato-init'))
          amiss(`after the upgrade of ${part} the brain is ${current.path}, init ${image}`);
        else if (brainOf(running) === brain) amiss(`after the upgrade of ${part} the brain is the same process`);
        return 1;
      }
    },
  };
}
