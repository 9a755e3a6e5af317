import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Sent, Syslog, SyslogSink, syslogMessage } from '../../src/os/syslog.ts';
import { until } from '../support/namespace/until.ts';

/** A receiver whose answers a test may set. */
function receiver(): { syslog: Syslog; heard: string[]; told: string[]; answer: (one: number | Sent) => void } {
  const heard: string[] = [];
  const told: string[] = [];
  let errno = 0;
  let once: Sent | null = null;
  const syslog = new Syslog(
    (messages) => {
      const sent = once ?? { errno, count: errno === 0 ? messages.length : 0 };
      once = null;
      heard.push(...messages.slice(0, sent.count).map((message) => message.replace(/^.*?: /, '')));
      return Promise.resolve(sent);
    },
    (text) => told.push(text),
  );
  const answer = (one: number | Sent): void => {
    if (typeof one === 'number') errno = one;
    else once = one;
  };
  return { syslog, heard, told, answer };
}

test('a message is what syslog(3) writes', () => {
  const at = new Date(2026, 10, 5, 9, 7, 3);
  assert.equal(syslogMessage('te\0xt', at), '<14>Nov  5 09:07:03 supervisord: text');
});

test('a line that a read has cut arrives as one, its last one at the end of the stream', async () => {
  const { syslog, heard } = receiver();
  const sink = new SyslogSink(syslog, 'web ');
  for (const piece of ['on', 'e\ntw', 'o\n\n\nthree\n\n', 'zw\u00e9', 'i']) sink.write(Buffer.from(piece));
  await until('whole lines', () => heard.length === 5);
  sink.end();
  await until('the rest', () => heard.length === 6);
  assert.deepEqual(heard, ['web one', 'web two', 'web ', 'web ', 'web three', 'web zw\u00e9i']);
});

test('a character that a read has cut is whole', async () => {
  const { syslog, heard } = receiver();
  const sink = new SyslogSink(syslog, '');
  const bytes = Buffer.from('ä\n');
  sink.write(bytes.subarray(0, 1));
  sink.write(bytes.subarray(1));
  await until('the line', () => heard[0] === 'ä');
});

test('what did not go goes later, in its order and once', async () => {
  const { syslog, heard, answer } = receiver();
  answer({ errno: 11, count: 1 });
  for (const text of ['a', 'b', 'c']) syslog.line(text);
  await until('all', () => heard.length === 3);
  assert.deepEqual(heard, ['a', 'b', 'c']);
});

test('who writes more than may wait is told to wait, and when to go on', async () => {
  const { syslog, heard, answer } = receiver();
  answer(11);
  const sink = new SyslogSink(syslog, '');
  assert.equal(sink.write(Buffer.from('x\n'.repeat(1000))), false);
  let called = false;
  sink.whenWritable(() => (called = true));
  assert.equal(called, false);
  answer(0);
  await until('the call', () => called);
  await until('every line', () => heard.length === 1000);
});

test('a receiver that is gone costs lines, is told of once, and its return as well', async () => {
  const { syslog, heard, told, answer } = receiver();
  answer(2);
  syslog.line('lost');
  await until('the trouble', () => told.length === 1);
  syslog.line('lost, too');
  assert.equal(syslog.blocked, false);
  answer(0);
  await until('the return', () => {
    syslog.line('here');
    return heard.length > 0;
  });
  assert.match(told[0] ?? '', /^cannot write to \/dev\/log: ENOENT; what is meant for it is lost/);
  await until('its telling', () => told.length === 2);
  assert.match(told[1] ?? '', /^can write to \/dev\/log again; \d+ lines were lost$/);
});

test('a line that is too long comes in pieces, and a flush sends what waits', () => {
  const { syslog, heard } = receiver();
  syslog.line('y'.repeat(40_000));
  syslog.flush();
  assert.deepEqual(
    heard.map(({ length }) => length),
    [16_384, 16_384, 7232],
  );
});
