import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Channel } from '../control/contract.ts';
import { readSince, tailLog } from '../control/log-read.ts';
import { splitNamespec } from '../control/namespec.ts';
import { logfileOf, type Supervisor } from '../control/supervisor.ts';
import { answer, answerPage } from './answer.ts';
import { queryOf } from './form.ts';
import { tailPage } from './tail-page.ts';

/** Bytes that are shown at least, as in Supervisor, and at most. */
const least = 1024;
const most = 1024 * 1024;

/** The log that a link asks for; path '' and a reason when there is none. */
type Asked = { readonly process: string; readonly channel: Channel; readonly path: string; readonly reason: string };

function asked(supervisor: Supervisor, fields: URLSearchParams): Asked {
  const process = fields.get('processname') ?? '';
  const channel: Channel = fields.get('channel') === 'stderr' ? 'stderr' : 'stdout';
  const { key } = splitNamespec(process);
  const info = key === null ? undefined : supervisor.process(key);
  const path = info === undefined ? '' : logfileOf(info, channel);
  const reason =
    process === ''
      ? 'No process name found'
      : info === undefined
        ? `No such process ${process}`
        : `No file for ${process}`;
  return { process, channel, path, reason };
}

function whole(text: string | null, otherwise: number, largest: number): number {
  const value = Number(text ?? otherwise);
  return Number.isSafeInteger(value) && value >= 0 ? Math.min(value, largest) : otherwise;
}

/** The end of a log as a page. */
export async function answerLogEnd(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = queryOf(request);
  const { process, channel, path, reason } = asked(supervisor, fields);
  const limit = Math.max(least, whole(fields.get('limit'), least, most));
  const [text, offset] = path === '' ? [reason, null] : await tailLog(supervisor, path, 0, limit);
  answerPage(response, tailPage({ process, channel, text, limit, offset }));
}

/** What has been added to a log since an offset: `{ text, offset }`. */
export async function answerLogMore(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = queryOf(request);
  const { path } = asked(supervisor, fields);
  const since = whole(fields.get('offset'), 0, Number.MAX_SAFE_INTEGER);
  const [text, offset] = path === '' ? ['', since] : await readSince(supervisor, path, since);
  answer(response, 'application/json', JSON.stringify({ text, offset }));
}
