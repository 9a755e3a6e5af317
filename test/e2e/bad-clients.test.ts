import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';

import { methods } from '../../src/control/methods.ts';
import type { Value } from '../../src/control/value.ts';
import { encodeCall } from '../../src/control/xml-rpc-encode.ts';
import { fuzz } from '../support/fuzz.ts';
import { type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/*
 * Bad clients against the real daemon: it never ends, hangs or grows without bound, and what can be answered is answered.
 * For longer: `npm run fuzz:api`.
 */

const skip = lacking('root');
const { numRuns: runs, seed } = fuzz(120);

/** Kibibytes that the brain may have had at any time. It begins with 70 MiB. */
const mostMemory = 300 * 1024;

const programs = `
[program:a]
command=/bin/sh -c "i=0; while [ $i -lt 40000 ]; do echo line $i; i=$((i+1)); done; exec sleep 1000"
startsecs=0
`;

const ignorant = `
[program:ignores]
command=/usr/bin/python3 -c "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
startsecs=0
stopwaitsecs=600
`;

/** The daemon, its brain, and ways to speak to it badly. */
class Victim {
  readonly running: Running;
  readonly brain: number;
  readonly #path: string;

  private constructor(running: Running, brain: number) {
    this.running = running;
    this.brain = brain;
    this.#path = join(running.dir, 's.sock');
  }

  static async start(t: TestContext, sections: string): Promise<Victim> {
    const running = await start(t, { peer: 'legato', programs: sections, pid1: false });
    const brain = running
      .processes()
      .find((row) => row.ppid === running.pid && row.args.some((word) => word.endsWith('legatod.cjs')));
    assert.ok(brain !== undefined, running.evidence());
    return new Victim(running, brain.pid);
  }

  connect(): Socket {
    return connect({ path: this.#path }).on('error', () => undefined);
  }

  /** Sends pieces one after the other; what came until the other side ended, or was quiet after it had been given everything. */
  async say(pieces: readonly (string | Buffer)[], quiet: number): Promise<string> {
    const socket = this.connect();
    const chunks: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), quiet);
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      wait();
    });
    for (const piece of pieces) {
      if (socket.destroyed) break;
      socket.write(piece);
      await new Promise(setImmediate);
    }
    wait();
    await ended;
    clearTimeout(timer);
    return Buffer.concat(chunks).toString('latin1');
  }

  /** A request that ends its connection, and its status. The answer may take as long as it does. */
  async status(body: string | Buffer, limit = 120_000): Promise<number> {
    const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return Number((await this.say([head, body], limit)).split(' ', 2)[1] ?? 0);
  }

  /** It answers, it is the brain that it was, and its memory is within bounds. */
  async isWell(): Promise<void> {
    assert.equal(await this.status(encodeCall('supervisor.getState', [])), 200, this.running.evidence());
    const status = readFileSync(`/proc/${this.brain}/status`, 'utf8');
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
    assert.ok(peak < mostMemory, `the brain has had ${peak} KiB`);
    assert.doesNotMatch(this.running.log(), /Server Error|cannot go on/);
  }
}

/** What ends or changes the daemon is not what is tried here. */
const harmless = methods
  .map(({ name }) => name)
  .filter((name) => !/shutdown|restart|reloadConfig|removeProcessGroup|legato\.handover|finish/i.test(name));

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('a', 'a:*', 'ignores', 'nope', '', 'HUP', 'a:a'),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    fc.boolean(),
    fc.integer({ min: -999, max: 999 }).map((whole) => whole + 0.5),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('methodName', 'params', 'x', '__proto__'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const calls = fc
  .tuple(
    fc.constantFrom(...harmless, 'nope', 'system.multicall', 'a.b.c', '__proto__.x'),
    fc.array(values, { maxLength: 4 }),
  )
  .map(([method, params]) => encodeCall(method, params));

/** Pieces that mean something to those who read XML or HTTP. */
const tokens = fc.constantFrom(
  '<',
  '>',
  '</value>',
  '<value>',
  '<nil/>',
  '&',
  '&amp;',
  '&x;',
  '&#0;',
  '&#x110000;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<?xml?>',
  '\0',
  '\ud800',
  '<!DOCTYPE x [<!ENTITY a "aaaa">]>',
  '<struct>',
  '<base64>',
  '<int>',
  '<dateTime.iso8601>',
  '\r\n',
  '\r\n\r\n',
  ': ',
  'Content-Length: 5\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Content-Length: -1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Expect: 100-continue\r\n',
  'Expect: x\r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n',
  'Host: y\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  ' HTTP/1.0',
  ' HTTP/9.9',
  'GET / HTTP/1.1\r\n\r\n',
  'CONNECT x:1 HTTP/1.1\r\n\r\n',
  'Authorization: Basic !!!\r\n',
  'Cookie: legato=x\r\n',
  '%',
  '%00',
  '%ff',
  '../',
  '?',
  '#',
);

type Edit = { readonly at: number; readonly cut: number; readonly put: string };

/** Cuts, doubles and puts things in. */
const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 20 }),
    put: fc.oneof(
      fc.constant(''),
      tokens,
      fc.string({ maxLength: 5, unit: 'binary' }),
      fc.tuple(tokens, fc.integer({ min: 1, max: 300 })).map(([token, times]) => token.repeat(times)),
    ),
  }),
  { maxLength: 4 },
);

function edited(text: string, changes: readonly Edit[]): string {
  return changes.reduce((now, { at, cut, put }) => {
    const place = Math.floor(at * now.length);
    return now.slice(0, place) + put + now.slice(place + cut);
  }, text);
}

const requests = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'OPTIONS', 'DELETE', 'TRACE', 'PATCH', 'FOO', ''),
    fc.constantFrom(
      '/',
      '/RPC2',
      '/index.html',
      '/tail.html?processname=a',
      '/ok.html',
      '/logtail/a',
      '/mainlogtail',
      '/nope',
      '*',
      'http://x/RPC2',
      '/logtail/',
      '/tail.json?processname=a&offset=-1',
    ),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
    calls,
    fc.boolean(),
  )
  .map(([method, path, version, body, chunked]) =>
    chunked
      ? `${method} ${path} ${version}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
      : `${method} ${path} ${version}\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

test('whatever is sent, the daemon answers or ends the connection, and serves the next', {
  skip,
  timeout: 600_000 + runs * 1000,
}, async (t) => {
  const victim = await Victim.start(t, programs);
  const options = { seed, numRuns: runs, interruptAfterTimeLimit: 30_000 + runs * 500, markInterruptAsFailure: false };

  await t.test('bodies that are nearly calls', async () => {
    await fc.assert(
      fc.asyncProperty(calls, edits, async (call, changes) => {
        const status = await victim.status(edited(call, changes));
        assert.ok([200, 400, 413].includes(status), `${status}`);
      }),
      options,
    );
    await victim.isWell();
  });

  await t.test('bytes that are nearly requests, in pieces, several at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(requests, edits), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 200 }),
        async (parts, size) => {
          const bytes = Buffer.from(parts.map(([request, changes]) => edited(request, changes)).join(''));
          const step = Math.max(size, Math.ceil(bytes.length / 20));
          const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
            bytes.subarray(index * step, (index + 1) * step),
          );
          const answer = await victim.say(pieces, 30);
          assert.match(answer, /^(?:$|HTTP\/1\.1 \d{3} )/);
        },
      ),
      options,
    );
    await victim.isWell();
  });
});

test('large and malicious requests cost neither the daemon nor its memory', { skip, timeout: 600_000 }, async (t) => {
  const victim = await Victim.start(t, programs + ignorant);
  await until('the log of a', () => victim.running.processes().some((row) => row.comm === 'sleep'));
  const call = (inside: string): string =>
    `<?xml version="1.0"?><methodCall><methodName>supervisor.getProcessInfo</methodName><params><param>${inside}</param></params></methodCall>`;
  const mebi = 1024 * 1024 - 400;
  const filled = (piece: string): string => piece.repeat(Math.floor(mebi / piece.length));
  const named = (text: string): string => text.replace('supervisor.getProcessInfo', 'system.multicall');
  const one = (method: string, params: string): string =>
    `<value><struct><member><name>methodName</name><value>${method}</value></member><member><name>params</name><value><array><data>${params}</data></array></value></member></struct></value>`;
  const read = one(
    'supervisor.readProcessLog',
    '<value>a</value><value><int>0</int></value><value><int>0</int></value>',
  );
  const many = (what: string): string => named(call(`<value><array><data>${filled(what)}</data></array></value>`));
  const cases: readonly (readonly [what: string, body: string, status: number])[] = [
    [
      'a billion laughs',
      `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(1000)}">]>${call('<value>&b;</value>')}`,
      400,
    ],
    [
      'an entity from a file',
      `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${call('<value>&a;</value>')}`,
      400,
    ],
    ['elements inside elements', call(filled('<value><array><data>')), 400],
    ['a name without end', call(`<${'x'.repeat(mebi)}`), 400],
    ['attributes without end', call(`<value ${filled('a="b" ')}`), 400],
    ['an entity without end', call(`<value>&${'x'.repeat(mebi)}`), 400],
    ['a comment without end', call(`<!--${'-x'.repeat(mebi / 2)}`), 400],
    ['text as long as it may be', call(`<value>${'x'.repeat(mebi)}</value>`), 200],
    [
      'as many members as there may be',
      call(`<value><struct>${filled('<member><name>a</name><value/></member>')}</struct></value>`),
      200,
    ],
    ['a number without end', call(`<value><int>${'9'.repeat(mebi)}</int></value>`), 400],
    ['more than there may be', call(`<value>${'x'.repeat(mebi + 1000)}</value>`), 413],
    [
      'calls in a call in a call',
      named(
        call(
          `<value><array><data>${one('system.multicall', filled(one('system.multicall', '')))}</data></array></value>`,
        ),
      ),
      200,
    ],
    ['as many reads of a log as there may be', many(read), 200],
    ['as many errors as there may be', many('<value/>'), 200],
  ];
  for (const [what, body, expected] of cases) {
    await t.test(what, async () => {
      assert.equal(await victim.status(body), expected);
      await victim.isWell();
    });
  }

  await t.test('requests without end behind one that waits', async () => {
    const stop = encodeCall('supervisor.stopProcess', ['ignores']);
    const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(stop)}\r\n\r\n${stop}`;
    const socket = victim.connect();
    t.after(() => socket.destroy());
    socket.write(head);
    let taken = 0;
    // 64 MiB, or as much as is taken.
    const flood = 'GET /ok.html HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2000);
    while (taken < 64 * 1024 * 1024 && socket.write(flood)) taken += flood.length;
    await victim.isWell();
    socket.destroy();
  });

  await t.test('clients that ask for much and take nothing', async () => {
    const body = encodeCall('supervisor.readProcessLog', ['a', 0, 0]);
    const text = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const sockets = Array.from({ length: 50 }, () => victim.connect());
    for (const socket of sockets) socket.pause().write(text.repeat(10));
    await victim.isWell();
    for (const socket of sockets) socket.destroy();
  });

  await t.test('more connections than there may be', async () => {
    const sockets = Array.from({ length: 600 }, () => victim.connect());
    const settled = (socket: Socket): Promise<void> =>
      new Promise((resolve) => {
        socket.once('connect', () => resolve());
        socket.once('close', () => resolve());
      });
    await Promise.all(sockets.map(settled));
    for (const socket of sockets) socket.destroy();
    await victim.isWell();
  });
});
