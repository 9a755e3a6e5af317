import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './http-reply.ts';
import { call } from './methods.ts';
import type { Supervisor } from './supervisor.ts';
import { Fault } from './value.ts';
import { type Call, decodeCall, MalformedXml } from './xml-rpc-decode.ts';
import { encodeFault, encodeResponse } from './xml-rpc-encode.ts';

/** Bytes of a request body. The largest call there is, a line for a program's stdin, is far below. */
const maxBody = 1024 * 1024;

/** What is larger is not even read to be thrown away. A client that is cut off while it sends does not see why. */
const maxRead = 64 * maxBody;

/** The body, or null when it is larger than it may be. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size > maxBody ? null : Buffer.concat(chunks, size);
}

function decode(supervisor: Supervisor, body: Buffer): Call | null {
  try {
    return decodeCall(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (!(error instanceof MalformedXml || error instanceof TypeError)) throw error;
    const start = JSON.stringify(body.subarray(0, 200).toString('latin1'));
    supervisor.log('error', `XML-RPC request data ${start} is invalid: ${error.message}`);
    return null;
  }
}

async function reply(supervisor: Supervisor, { method, params }: Call): Promise<readonly Buffer[]> {
  supervisor.log('trace', `XML-RPC method called: ${method}()`);
  try {
    return encodeResponse(await call(supervisor, method, params));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    supervisor.log('trace', `XML-RPC method ${method}() returned fault: [${error.code}] ${error.message}`);
    return encodeFault(error);
  }
}

/** XML-RPC over POST, with the statuses of Supervisor's server: 400 for any other method and for what is no call, 411 without a length. */
export async function answerRpc(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 400);
  const length = request.headers['content-length'];
  if (length === undefined) return refuse(response, 411);
  if (Number(length) > maxRead) return refuse(response, 413);
  const body = await bodyOf(request);
  if (body === null) return refuse(response, 413);
  const asked = decode(supervisor, body);
  if (asked === null) return refuse(response, 400);
  const answer = await reply(supervisor, asked);
  response.setHeader('Content-Type', 'text/xml');
  response.setHeader(
    'Content-Length',
    answer.reduce((sum, piece) => sum + piece.length, 0),
  );
  for (const piece of answer) response.write(piece);
  response.end();
}
