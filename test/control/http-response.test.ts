import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BadResponse, HttpResponse } from '../../src/control/http-response.ts';

type Read = { readonly status: number; readonly body: string; readonly done: boolean };

/** Reads a response that comes in pieces of the given sizes. */
function read(text: string, sizes: readonly number[], ends: boolean): Read {
  const bytes = Buffer.from(text);
  let body = '';
  const response = new HttpResponse((data) => (body += data.toString('latin1')));
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at < bytes.length) response.push(bytes.subarray(at, at + size));
    at += size;
  }
  if (ends && !response.done) response.end();
  return { status: response.status, body, done: response.done };
}

const head = 'HTTP/1.1 200 OK\r\nServer: x\r\n';

for (const [kind, text] of Object.entries({
  'with a length': `${head}Content-Length: 11\r\n\r\nhello world`,
  'in chunks': `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n`,
  'up to the end of the connection': `${head}\r\nhello world`,
  'in HTTP/1.0': `HTTP/1.0 200\r\n\r\nhello world`,
})) {
  test(`a body ${kind} is the same however it is cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (sizes) => {
        assert.deepEqual(read(text, sizes, true), { status: 200, body: 'hello world', done: true });
      }),
    );
  });
}

test('a response without a body is done at once', () => {
  assert.equal(read('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', [], false).done, true);
});

for (const [what, text] of Object.entries({
  'another protocol': 'SSH-2.0-OpenSSH\r\n\r\n',
  'a length that is none': `${head}Content-Length: x\r\n\r\n`,
  'a chunk size that is none': `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
  'a head without end': `HTTP/1.1 200 OK\r\n${'x'.repeat(70_000)}`,
  'an early end': `${head}Content-Length: 5\r\n\r\nhe`,
  nothing: '',
})) {
  test(`${what} is a bad response`, () => {
    assert.throws(() => read(text, [], true), BadResponse);
  });
}
