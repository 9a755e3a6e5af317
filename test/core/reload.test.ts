import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ProcessSpec } from '../../src/core/program.ts';
import { type ReloadCause, type ReloadPhase, reloadTable } from '../../src/core/reload.ts';
import { fuzz } from '../support/fuzz.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

const terms: Partial<ProcessSpec> = { handover: 'signal', reloadSignal: 1, reloadTimeout: 5, minReady: 2 };

/** `a` runs as generation 1 and is being reloaded. */
function begun(keys: Partial<ProcessSpec> = {}): {
  history: History;
  ticket: number;
  one: ReturnType<History['generation']>;
} {
  const history = new History(program('a', { ...terms, ...keys }));
  history.running('a');
  history.take();
  const ticket = history.handover('a');
  return { history, ticket, one: history.generation('a', 1) };
}

const asked = (history: History): string[] =>
  history.effects.flatMap((effect) =>
    effect.type === 'reload'
      ? [`#${effect.generation} ${effect.signal}`]
      : effect.type === 'reload-over'
        ? ['over']
        : [],
  );

describe('a reload', () => {
  test('is believed when its proof has lasted', () => {
    const { history, ticket, one } = begun();
    assert.deepEqual(asked(history), ['#1 1']);
    one.reload('signalled', 'SIGHUP to pid 7');
    history.pass(4.9);
    one.reload('proven', 'it has a new image');
    one.reload('proven', 'it still has');
    history.pass(1.999);
    assert.equal(history.answers.get(ticket), undefined);
    history.pass(0.001);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(asked(history), ['#1 1', 'over']);
    assert.deepEqual(history.steps(), ['#1 signalled', '#1 proven', '#1 reloaded']);
    assert.equal(history.detail('proven'), 'it has a new image');
    assert.deepEqual([...history.signals(), ...history.spawns()], [], 'the core itself has signalled nobody');
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.deadlines.size, 0);
  });

  test('lasts for a second at least, in which a defunct child shows', () => {
    const { history, ticket, one } = begun({ minReady: 0 });
    one.reload('signalled').reload('proven');
    history.pass(0.999);
    assert.equal(history.answers.get(ticket), undefined);
    history.pass(0.001);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
  });

  test('fails where the signal would do no good, where nothing is seen of it, and where what was seen does not last', () => {
    const refused = begun();
    refused.one.reload('refused', 'it would die of it');
    assert.deepEqual(refused.history.answers.get(refused.ticket), failed('signalling', 'it would die of it'));
    assert.deepEqual(refused.history.log(), ["warn handover of 'a' failed (signalling): it would die of it"]);
    const mute = begun();
    mute.history.pass(5);
    const none = 'SIGHUP has had no effect within 5 s that could be seen';
    assert.deepEqual(mute.history.answers.get(mute.ticket), failed('signalling', none));
    const vain = begun();
    vain.one.reload('signalled');
    vain.history.pass(5);
    assert.deepEqual(vain.history.answers.get(vain.ticket), failed('proving', none));
    const bad = begun();
    bad.one.reload('signalled').reload('disproven', 'a stranger');
    assert.deepEqual(bad.history.answers.get(bad.ticket), failed('proving', 'a stranger'));
    const brief = begun();
    brief.one.reload('signalled').reload('proven').reload('disproven', 'a defunct child');
    assert.deepEqual(brief.history.answers.get(brief.ticket), failed('settling', 'a defunct child'));
    for (const { history } of [refused, mute, vain, bad, brief]) {
      assert.equal(history.state('a'), 'RUNNING');
      assert.equal(history.deadlines.size, 0);
      assert.deepEqual([...history.signals(), ...history.spawns()], []);
      assert.equal(asked(history).at(-1), 'over');
    }
  });

  test('that has failed is followed by its fallback, and answered by that', () => {
    const { history, ticket, one } = begun({ handoverFallback: 'overlap', hasReadiness: true, minReady: 0 });
    one.reload('signalled').reload('proven').reload('disproven', 'a defunct child');
    assert.equal(history.answers.get(ticket), undefined);
    assert.deepEqual(history.spawns(), ['g:a #2']);
    history.next('a').spawned().ready();
    history.pass(0);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    one.end(code(0));
    assert.deepEqual(history.steps().slice(2, 5), ['#1 failed', '#1 fallback', '#2 spawned']);
    assert.equal(history.process('a').generation, 2);
    const second = history.handover('a');
    assert.equal(asked(history).at(-1), '#2 1', 'the next time it is the signal again');
    history.generation('a', 2).reload('signalled').reload('proven');
    history.pass(1);
    assert.deepEqual(history.answers.get(second), { ok: true });
  });

  test('of a fallback that replaces', () => {
    const { history, ticket, one } = begun({ handoverFallback: 'replace', hasReadiness: true, minReady: 0 });
    one.reload('refused');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    one.end(code(0));
    history.next('a').spawned().ready();
    history.pass(0);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
  });

  test('ends with its main process: autorestart has its turn, not the fallback', () => {
    const { history, ticket, one } = begun({ handoverFallback: 'overlap' });
    one.reload('signalled').reload('proven');
    history.end('a', code(3));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'exit status 3 after the signal'));
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.equal(history.process('a').next, null);
    one.reload('disproven');
    const { history: other, ticket: waiting } = begun();
    other.exit('a', killedBy(1));
    assert.deepEqual(other.answers.get(waiting), failed('signalling', 'terminated by SIGHUP after the signal'));
  });

  test('is not waited for by a stop, a shutdown, an abort, or another handover', () => {
    const stopped = begun({ handoverFallback: 'overlap' });
    stopped.history.stop('a');
    assert.deepEqual(stopped.history.answers.get(stopped.ticket), failed('signalling', 'stopped'));
    assert.deepEqual(stopped.history.signals(), ['main SIGTERM']);
    const down = begun();
    down.history.shutdown();
    assert.deepEqual(down.history.answers.get(down.ticket), failed('signalling', 'shutdown'));
    const aborted = begun();
    const abort = aborted.history.abort('a');
    assert.deepEqual(aborted.history.answers.get(abort), { ok: true });
    const reason = 'aborted: the signal was not taken back';
    assert.deepEqual(aborted.history.answers.get(aborted.ticket), failed('signalling', reason));
    const again = begun();
    const later = again.history.handover('a');
    assert.deepEqual(again.history.answers.get(again.ticket), failed('signalling', 'superseded'));
    again.one.reload('signalled').reload('proven');
    again.history.pass(2);
    assert.deepEqual(again.history.answers.get(later), { ok: true });
  });

  test('that waits for a fallback to be undone is refused when its main process ends meanwhile, and autorestart has its turn', () => {
    const { history, ticket, one } = begun({ handoverFallback: 'overlap', hasReadiness: true, minReady: 0 });
    one.reload('refused', 'it would die of it');
    const next = history.next('a').spawned();
    const second = history.handover('a');
    one.end(killedBy(9));
    assert.equal(history.answers.get(second), undefined);
    next.end(killedBy(15));
    assert.equal(history.answers.get(ticket)?.ok, false);
    assert.deepEqual(history.answers.get(second), { ok: false, fault: 'NOT_RUNNING' });
    assert.ok(history.deadlines.size > 0 || history.spawns().includes('g:a #3'), 'it is started again');
  });

  test('is refused where there is no main process to signal', () => {
    const history = new History(program('a', terms));
    history.running('a');
    history.exit('a', code(1));
    const ticket = history.handover('a');
    assert.deepEqual(history.answers.get(ticket), { ok: false, fault: 'NOT_RUNNING' });
    const early = new History(program('a', terms));
    const before = early.handover('a');
    assert.deepEqual(early.answers.get(before), { ok: false, fault: 'NOT_RUNNING' });
  });

  test('a deadline of an earlier one, and news of none, change nothing; what cannot be is logged', () => {
    const { history, one } = begun();
    const stale = history.deadlines.get('g:a #1');
    assert.ok(stale);
    one.reload('refused');
    const ticket = history.handover('a');
    history.happen({ ...stale, type: 'deadline', at: history.now });
    assert.equal(history.answers.get(ticket), undefined);
    history.generation('a', 9).reload('refused');
    history.generation('b', 1).reload('refused');
    one.reload('proven');
    assert.match(history.log().at(-1) ?? '', /reload of generation 1 of 'a' heard 'proven' while signalling/);
    assert.equal(history.answers.get(ticket), undefined);
    history.generation('a', 1).ready();
  });
});

test('every reload ends: by its deadline, by the end of the process, and by who thinks better of it', () => {
  for (const phase of Object.keys(reloadTable) as ReloadPhase[]) {
    const row = reloadTable[phase];
    assert.match(row.deadline, /^(failed|reloaded)$/);
    assert.deepEqual([row.gone, row.undo], ['given-up', 'given-up']);
    for (const cause of Object.keys(row) as ReloadCause[]) {
      if (row[cause] === 'reloaded') assert.equal(`${phase} ${cause}`, 'settling deadline', 'nothing else is believed');
    }
  }
});

test('whatever is seen of it, whoever waits is answered once, and a generation that is told nothing lives on', () => {
  const news = fc.constantFrom('signalled', 'refused', 'proven', 'disproven', 'pass', 'again', 'abort', 'die' as const);
  fc.assert(
    fc.property(fc.array(news, { maxLength: 12 }), fc.constantFrom('none', 'overlap' as const), (words, fallback) => {
      const { history } = begun({ handoverFallback: fallback, autorestart: true });
      const tickets: number[] = [];
      for (const word of words) {
        const { generation } = history.process('a');
        if (word === 'pass') history.pass(1);
        else if (word === 'again') tickets.push(history.handover('a'));
        else if (word === 'abort') tickets.push(history.abort('a'));
        else if (word === 'die') {
          if (history.process('a').pid !== 0) history.exit('a', code(1));
        } else history.generation('a', generation).reload(word);
      }
      history.stop('a');
      for (let round = 0; round < 4; round += 1) {
        const { next, generation } = history.process('a');
        if (next !== null && next.pid === 0 && next.phase !== 'vacating') history.next('a').spawnFailed('no');
        if (generation !== 0 && history.process('a').pid !== 0) history.end('a', code(0));
        else if (generation !== 0 && history.process('a').mainPid !== 0) history.empty('a');
        else if (generation !== 0) history.spawnFailed('a', 'no');
      }
      for (const ticket of [1, ...tickets]) if (ticket > 1) assert.ok(history.answers.has(ticket), `ticket ${ticket}`);
      assert.equal(history.process('a').reload, null);
      assert.ok(history.signals().every((signal) => !signal.includes('SIGHUP')));
    }),
    fuzz(500),
  );
});
