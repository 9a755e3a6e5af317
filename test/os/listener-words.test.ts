import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ListenerState, listenerTable } from '../../src/core/listener.ts';
import { keptOfResult, ListenerWords, type Word } from '../../src/os/listener-words.ts';

/** A listener whose daemon sends it an event whenever it is READY, if it should. */
function listen(
  state: ListenerState,
  eager = true,
): { say: (...pieces: (string | Buffer)[]) => string[]; state: () => ListenerState } {
  const words = new ListenerWords();
  let now = state;
  const become = (cause: 'ready' | 'accepted' | 'unfit' | 'garbage' | 'sent'): void => {
    const next = listenerTable[now][cause];
    if (next !== 'stay') now = next;
  };
  const hear = (word: Word): string => {
    become(word.kind === 'result' ? 'accepted' : word.kind);
    if (eager && now === 'READY') become('sent');
    if (word.kind === 'result') return `result ${word.length} ${word.body.toString('latin1')}`;
    return word.kind === 'unfit' ? `unfit ${word.line}` : word.kind;
  };
  return {
    state: () => now,
    say: (...pieces) => {
      const said: string[] = [];
      for (const piece of pieces)
        words.push(
          Buffer.from(piece),
          () => now,
          (word) => said.push(hear(word)),
        );
      return said;
    },
  };
}

test('the words of a listener, in one piece and byte by byte', () => {
  const text = 'READY\nRESULT 2\nOKREADY\nRESULT 4\nFAILREADY\n';
  const said = ['ready', 'result 2 OK', 'ready', 'result 4 FAIL', 'ready'];
  assert.deepEqual(listen('ACKNOWLEDGED').say(text), said);
  assert.deepEqual(listen('ACKNOWLEDGED').say(...Array.from(text)), said);
});

test('an answer of no length', () => assert.deepEqual(listen('BUSY').say('RESULT 0\nREADY\n'), ['result 0 ', 'ready']));

test('anything but READY is garbage, and so is READY said twice', () => {
  assert.deepEqual(listen('ACKNOWLEDGED').say('hello\n'), ['garbage']);
  assert.deepEqual(listen('ACKNOWLEDGED').say('hey'), [], 'too little to tell');
  assert.deepEqual(listen('READY', false).say('READY\n'), ['garbage']);
  assert.deepEqual(listen('UNKNOWN').say('READY\n'), []);
});

for (const line of ['READY', 'RESULT', 'RESULT x', 'RESULT -1', 'XXXXXX 2', `RESULT ${'9'.repeat(16)}`, '']) {
  test(`a result line that is none: ${JSON.stringify(line)}`, () => {
    assert.deepEqual(listen('BUSY').say(`${line}\nOK`), [`unfit ${line}`]);
  });
}

test('a line without end is given up, in one piece or in many', () => {
  for (const text of ['x'.repeat(300), `${'x'.repeat(300)}\n`]) {
    assert.deepEqual(listen('BUSY').say(text), [`unfit ${'x'.repeat(256)}`]);
    assert.equal(listen('BUSY').say(...Array.from(text)).length, 1);
  }
});

test('of an answer that is too long the beginning is kept', () => {
  const length = keptOfResult + 1000;
  const listener = listen('BUSY');
  const half = Buffer.alloc(length / 2, 'y');
  const said = listener.say(`RESULT ${length}\n`, half, half, 'READY\n');
  assert.equal(said[0], `result ${length} ${'y'.repeat(keptOfResult)}`);
  assert.equal(said[1], 'ready');
});

test('whatever a listener writes, and however it is cut, its words are the same', () => {
  const piece = fc.oneof(
    fc.constantFrom('READY\n', 'RESULT 2\nOK', 'RESULT 4\nFAIL', 'RESULT ', '\n', 'RESULT 70000\n', 'READY'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.array(fc.nat(30), { minLength: 1, maxLength: 10 }),
      (pieces, cuts) => {
        const text = Buffer.from(`READY\n${pieces.join('')}`);
        const whole = listen('ACKNOWLEDGED');
        const cut = listen('ACKNOWLEDGED');
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = 1 + (cuts[turn % cuts.length] ?? 0);
          chunks.push(text.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(cut.say(...chunks), whole.say(text));
        assert.equal(cut.state(), whole.state());
      },
    ),
    { numRuns: 500 },
  );
});
