import { once } from 'node:events';
import { connect, type NetConnectOpts } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** What a load of requests came to: every request is one connection, and none is tried again. */
export type FastcgiLoad = { readonly answers: readonly string[]; readonly failures: readonly string[] };

const record = (kind: number, body: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from([1, kind, 0, 1, body.length >> 8, body.length & 0xff, 0, 0]), body]);

type Parameters = Readonly<Record<string, string>>;

/** FCGI_BEGIN_REQUEST for a responder, its parameters, no input (FastCGI Specification, 5.1). Each name and value is shorter than 128 bytes. */
function requestOf(parameters: Parameters): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) =>
    Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]),
  );
  const told = pairs.length === 0 ? [] : [record(4, Buffer.concat(pairs))];
  return Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), ...told, record(4), record(5)]);
}

/** One request; its standard output, without the header. Rejects when it ends in any other way. */
export async function fastcgiRequest(to: NetConnectOpts, parameters: Parameters = {}): Promise<string> {
  const socket = connect(to);
  socket.setTimeout(60_000, () => socket.destroy(new Error('no answer in a minute')));
  await once(socket, 'connect');
  socket.write(requestOf(parameters));
  const records = recordsOf(await buffer(socket));
  if (records.at(-1)?.kind !== 3) throw new Error('it ended without FCGI_END_REQUEST');
  const output = Buffer.concat(records.filter(({ kind }) => kind === 6).map(({ body }) => body)).toString();
  return output.slice(output.indexOf('\r\n\r\n') + 4).trim();
}

function recordsOf(bytes: Buffer): { kind: number; body: Buffer }[] {
  const records: { kind: number; body: Buffer }[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 4);
    records.push({ kind: bytes.readUInt8(at + 1), body: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + bytes.readUInt8(at + 6);
  }
  return records;
}

/** Requests without a pause from `concurrency` clients, until `stop` or the end of the test. `begun` resolves when the first one has ended. */
export function fastcgiLoad(
  t: Pick<TestContext, 'after'>,
  to: NetConnectOpts,
  concurrency: number,
  parameters: Parameters = {},
): { stop: () => void; begun: Promise<void>; result: Promise<FastcgiLoad> } {
  const [answers, failures]: [string[], string[]] = [[], []];
  let stopped = false;
  const { promise: begun, resolve: isBegun } = Promise.withResolvers<void>();
  const client = async (): Promise<void> => {
    while (!stopped) {
      try {
        answers.push(await fastcgiRequest(to, parameters));
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      isBegun();
    }
  };
  const result = Promise.all(Array.from({ length: concurrency }, client)).then(() => ({ answers, failures }));
  const stop = (): void => {
    stopped = true;
  };
  t.after(stop);
  return { stop, begun, result };
}
