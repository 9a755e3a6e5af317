import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { refuse } from '../control/http-reply.ts';
import { allKeys } from '../control/outcomes.ts';
import type { ProcessInfo, Supervisor } from '../control/supervisor.ts';
import { lexically } from '../control/text-order.ts';
import { carryOut, type Wish, wishOf } from './actions.ts';
import { answerPage, redirect } from './answer.ts';
import { formOf, queryOf } from './form.ts';
import { Session } from './session.ts';
import { statusPage } from './status-page.ts';

type Words = { readonly message: string; readonly wish: Wish | null; readonly status: number };

function show(supervisor: Supervisor, session: Session, response: ServerResponse, words: Words): void {
  const processes = allKeys(supervisor)
    .map((key) => supervisor.process(key))
    .filter((info): info is ProcessInfo => info !== undefined)
    .sort((a, b) => lexically(a.group, b.group) || lexically(a.name, b.name));
  const page = statusPage({
    identifier: supervisor.identifier,
    host: hostname(),
    processes,
    token: session.token,
    message: supervisor.mood() === 'running' ? words.message : 'Shutting down',
    wish: words.wish,
    version: supervisor.version,
  });
  if (session.isNew) response.setHeader('Set-Cookie', session.setCookie);
  answerPage(response, page, words.status);
}

/** The page. A link that asks for something (Supervisor acts on those) is answered with the question whether it is meant. */
export function answerStatus(supervisor: Supervisor, request: IncomingMessage, response: ServerResponse): void {
  const session = new Session(request);
  const fields = queryOf(request);
  const message = fields.get('message') ?? '';
  // Any page can lead here with a sentence of its own: only ours are shown.
  const isOurs = session.hasSaid(message, fields.get('seal') ?? '');
  show(supervisor, session, response, { message: isOurs ? message : '', wish: wishOf(fields), status: 200 });
}

/** Does what a form asks for, when it comes from a page of the same session; otherwise asks. */
export async function answerAction(
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = await formOf(request);
  if (fields === null) return refuse(response, 413);
  const wish = wishOf(fields);
  if (wish === null) return refuse(response, 400);
  const session = new Session(request);
  if (!session.mayAct(fields.get('token') ?? '')) {
    const message = 'This page was not up to date, and nothing has been done.';
    return show(supervisor, session, response, { message, wish, status: 403 });
  }
  const message = await carryOut(supervisor, wish);
  redirect(response, `./?message=${encodeURIComponent(message)}&seal=${session.sealOf(message)}`);
}
