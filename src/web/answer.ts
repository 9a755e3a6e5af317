import type { ServerResponse } from 'node:http';
import type { Html } from './html.ts';

/** Nothing but our own style, script and data, in no frame, and forms that lead nowhere else. */
const policy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** What every answer of the pages says to a browser. `same-origin` and not less: without a referrer, forms have no Origin. */
function guard(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
}

export function answer(response: ServerResponse, type: string, body: string, status = 200): void {
  guard(response);
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  response.end(body);
}

export function answerPage(response: ServerResponse, page: Html, status = 200): void {
  answer(response, 'text/html;charset=utf-8', page.text, status);
}

/** After a form: the page is got anew, so that to load it again does nothing again. */
export function redirect(response: ServerResponse, location: string): void {
  guard(response);
  response.statusCode = 303;
  response.setHeader('Location', location);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', 0);
  response.end();
}
