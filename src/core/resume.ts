import type { Effect } from './effects.ts';
import type { Event } from './events.ts';
import type { Millis, ProcessKey, ProcessSpec } from './program.ts';
import type { ExitStatus } from './status.ts';
import type { Process, World } from './world.ts';

/** A generation that init has kept. */
export type Kept = {
  readonly generation: number;
  /** Whose it was, for one that no process of the world has. */
  readonly process: ProcessKey;
  /** As in docs/protocol.md. */
  readonly life: 'spawning' | 'running' | 'remains' | 'empty';
  readonly pid: number;
  readonly startedAt: Millis;
  /** When and how the main process ended; not looked at while it lives. */
  readonly endedAt: Millis;
  readonly status: ExitStatus | null;
};

/** What the world asks for once more, and what happened while nobody heard it. The effects come first. */
export type Resumption = { readonly effects: Effect[]; readonly events: Event[] };

/** A generation of a process, as the world has it. asked: its spawn was not answered yet. */
type Known = {
  readonly spec: ProcessSpec;
  readonly generation: number;
  readonly pid: number;
  readonly asked: 'current' | 'next' | null;
};

/**
 * A brain that comes after another has its world (memo.ts) and what init has kept: what the former one has not heard any more is heard
 * now, as it happened. What was asked for was done, for a step is taken whole or not at all (docs/protocol.md); only a spawn of which
 * init knows nothing has failed, and is asked for again, to hear why. A generation that is nobody's is killed.
 */
export function resume(world: World, kept: readonly Kept[], at: Millis): Resumption {
  const byNumber = new Map(kept.map((one) => [one.generation, one]));
  const effects: Effect[] = [];
  const events: Event[] = [];
  for (const process of world.processes.values()) {
    for (const known of generationsOf(process)) {
      const one = byNumber.get(known.generation);
      byNumber.delete(known.generation);
      if (known.asked === null) events.push(...missed(known, one, at));
      else if (one === undefined) effects.push(spawnOf(known, known.asked));
      else if (one.life !== 'spawning') events.push(...answered(known, one, at));
    }
    effects.push(...waitsFor(process, kept));
    events.push(...givenUp(process, at));
  }
  for (const stray of byNumber.values()) events.push(...ofNobody(stray, at));
  if (world.finished) effects.push({ type: 'exit' });
  return { effects, events };
}

function generationsOf({ spec, generation, pid, phase, next, draining }: Process): Known[] {
  const isAsked = phase === 'spawning' || phase === 'aborting';
  const own: Known = { spec, generation, pid, asked: isAsked ? 'current' : null };
  const others: Known[] = draining.map((one) => ({ ...one, asked: null }));
  if (next !== null) {
    others.push({ ...next, asked: next.phase === 'spawning' || next.phase === 'aborting' ? 'next' : null });
  }
  return [own, ...others].filter((one) => one.generation !== 0);
}

function spawnOf({ spec, generation }: Known, role: 'current' | 'next'): Effect {
  return { type: 'spawn', process: spec.key, generation, spec, role };
}

function answered(known: Known, kept: Kept, at: Millis): Event[] {
  const { spec, generation } = known;
  const { pid, startedAt } = kept;
  return [{ type: 'spawned', at: startedAt, process: spec.key, generation, pid }, ...ends(known, kept, at)];
}

function missed(known: Known, kept: Kept | undefined, at: Millis): Event[] {
  if (kept?.life === 'running') return [];
  if (known.pid !== 0) return ends(known, kept, at);
  return kept?.life === 'remains' ? [] : [emptied(known, at)];
}

/** The end of a main process, as far as it has come. Of one that init does not know nothing is left, and nobody knows how it ended. */
function ends(known: Known, kept: Kept | undefined, at: Millis): Event[] {
  if (kept === undefined) return [emptied(known, at)];
  const { life, status, endedAt } = kept;
  if (life === 'running' || status === null) return [];
  const { spec, generation } = known;
  const exited: Event = { type: 'exited', at: endedAt, process: spec.key, generation, status };
  return life === 'remains' ? [exited] : [exited, emptied(known, at)];
}

function emptied({ spec, generation }: Pick<Known, 'spec' | 'generation'>, at: Millis): Event {
  return { type: 'empty', at, process: spec.key, generation };
}

/** What it waits for is not on its way any more: deadlines, and the word of one that is being quieted. */
function waitsFor(one: Process, kept: readonly Kept[]): Effect[] {
  const { spec, due, epoch, next, reload, draining } = one;
  const process = spec.key;
  const others = [...(next === null ? [] : [next]), ...(reload === null ? [] : [reload]), ...draining];
  const quieting = [one, ...draining].filter(
    ({ phase, generation }) =>
      phase === 'quieting' && kept.some((other) => other.generation === generation && other.life === 'running'),
  );
  return [
    ...(due === null ? [] : [{ type: 'arm', process, epoch, due } as const]),
    ...others.flatMap((other) =>
      other.due === null
        ? []
        : [{ type: 'arm', process, generation: other.generation, epoch: other.epoch, due: other.due } as const],
    ),
    ...quieting.map(({ generation }) => ({ type: 'quiet', process, generation }) as const),
  ];
}

/** What was seen before the signal of a reload is not known any more; what has been proven by then has only to last. */
function givenUp({ spec, reload }: Process, at: Millis): Event[] {
  if (reload === null || reload.phase === 'settling') return [];
  const { generation } = reload;
  const detail = 'the brain has died, and nobody knows what came of the signal';
  return [{ type: 'reload', at, process: spec.key, generation, news: 'gone', detail }];
}

/** `spawned`, of a generation that no process has, is its death; one whose spawn is under way is met when that is answered. */
function ofNobody({ life, process, generation, pid }: Kept, at: Millis): Event[] {
  if (life === 'spawning') return [];
  return [
    life === 'empty' ? { type: 'empty', at, process, generation } : { type: 'spawned', at, process, generation, pid },
  ];
}
