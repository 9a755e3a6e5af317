import { type FileHandle, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { refuse } from './http-reply.ts';
import { splitNamespec } from './namespec.ts';
import { logfileOf, type Supervisor } from './supervisor.ts';

/** Bytes of what is already in the log that a stream begins with. */
const head = 1024;

/** Between two looks at the file, in milliseconds. Only while somebody follows it. */
const interval = 200;

/** Bytes read at once. */
const chunkSize = 64 * 1024;

/** The log that a path asks for; empty for none. Only the two channels count as such. */
function logfileAt(supervisor: Supervisor, path: string): string {
  const [, , namespec = '', channel = 'stdout'] = /^\/+(logtail)\/([^/]*)(?:\/(.*))?$/.exec(path) ?? [];
  if (channel !== 'stdout' && channel !== 'stderr') return '';
  const { key } = splitNamespec(namespec);
  const info = key === null ? undefined : supervisor.process(key);
  return info === undefined ? '' : logfileOf(info, channel);
}

/** Writes, and waits for a reader that is slow; false when it is gone. */
async function write(response: ServerResponse, data: string | Buffer): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(data)) return true;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.once('drain', go).once('close', go);
  });
  return !response.destroyed;
}

/** An open log and how far it has been sent. */
type Place = { file: FileHandle; position: number };

/** Sends what has been added. A file that has become shorter is said to be truncated, in Supervisor's words, and read from its start. */
async function sendNew(place: Place, response: ServerResponse): Promise<boolean> {
  const { size } = await place.file.stat();
  if (size < place.position) {
    place.position = 0;
    if (!(await write(response, '==> File truncated <==\n'))) return false;
  }
  while (place.position < size) {
    const buffer = Buffer.alloc(Math.min(chunkSize, size - place.position));
    const { bytesRead } = await place.file.read(buffer, 0, buffer.length, place.position);
    if (bytesRead === 0) return true;
    place.position += bytesRead;
    if (!(await write(response, buffer.subarray(0, bytesRead)))) return false;
  }
  return true;
}

/** After a rotation the name is another file: sends the rest of the old one and goes on with the new one. */
async function follow(supervisor: Supervisor, place: Place, path: string, response: ServerResponse): Promise<boolean> {
  const named = await stat(path).catch(() => null);
  if (named !== null && named.ino !== (await place.file.stat()).ino) {
    if (!(await sendNew(place, response))) return false;
    const next = await supervisor.openLog(path);
    if (next !== null) {
      await place.file.close();
      place.file = next;
      place.position = 0;
    }
  }
  return sendNew(place, response);
}

async function stream(supervisor: Supervisor, path: string, response: ServerResponse): Promise<void> {
  // Before anything is waited for: a client that goes at once is not followed for ever.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const file = path === '' ? null : await supervisor.openLog(path);
  if (file === null) return refuse(response, 404);
  const { size, mtime } = await file.stat();
  const place: Place = { file, position: Math.max(0, size - head) };
  try {
    response.setHeader('Last-Modified', mtime.toUTCString());
    response.setHeader('Content-Type', 'text/plain;charset=utf-8');
    response.flushHeaders();
    while (await follow(supervisor, place, path, response)) await pause(interval, null, { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    await place.file.close();
  }
}

/** `GET /logtail/NAME[/stdout|/stderr]`: the end of a process's log, then everything that is added to it, for ever. */
export async function answerLogTail(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  if (request.method !== 'GET') return refuse(response, 400);
  // Asks nginx not to collect what is meant to flow.
  response.setHeader('X-Accel-Buffering', 'no');
  return stream(supervisor, logfileAt(supervisor, path), response);
}

/** `GET /mainlogtail`: the same for the main log. */
export async function answerMainLogTail(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET') return refuse(response, 400);
  return stream(supervisor, supervisor.mainLog ?? '', response);
}
