import type { IncomingMessage, ServerResponse } from 'node:http';
import { isCrossSite } from '../control/browser.ts';
import { refuse } from '../control/http-reply.ts';
import type { Site } from '../control/site.ts';
import type { Supervisor } from '../control/supervisor.ts';
import { answer } from './answer.ts';
import { icon } from './icon.ts';
import { script } from './script.ts';
import { answerAction, answerStatus } from './status.ts';
import { style } from './style.ts';
import { answerLogEnd, answerLogMore } from './tail.ts';

type Page = (supervisor: Supervisor, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Something that never changes while the brain runs. */
function fixed(type: string, text: string): Page {
  return (_supervisor, _request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    answer(response, type, text);
  };
}

/** Pages by path; those of Supervisor have its names, for there are scripts and monitors that ask for them. */
const pages: ReadonlyMap<string, Page> = new Map<string, Page>([
  ['/', answerStatus],
  ['/index.html', answerStatus],
  ['/tail.html', answerLogEnd],
  ['/tail.json', answerLogMore],
  ['/ok.html', fixed('text/plain', 'OK')],
  ['/legato.css', fixed('text/css;charset=utf-8', style)],
  ['/legato.js', fixed('text/javascript;charset=utf-8', script)],
  ['/legato.svg', fixed('image/svg+xml', icon)],
]);

/** What can be acted on by POST. */
const forms: ReadonlySet<string> = new Set(['/', '/index.html']);

/** The status page and what belongs to it. */
export const site: Site = async (supervisor, request, response, path) => {
  const page = pages.get(path === '' ? '/' : path);
  if (page === undefined) return false;
  if (request.method === 'GET' || request.method === 'HEAD') await page(supervisor, request, response);
  else if (request.method !== 'POST' || !forms.has(path)) refuse(response, 400);
  else if (isCrossSite(request)) refuse(response, 403);
  else await answerAction(supervisor, request, response);
  return true;
};
