import { type ServerResponse, STATUS_CODES } from 'node:http';

/** The small page that Supervisor's server has for a status; `detail` is what would be right. */
function pageOf(status: number, detail: string): string {
  const lines = [
    '<head>',
    '<title>Error response</title>',
    '</head>',
    '<body>',
    '<h1>Error response</h1>',
    `<p>Error code ${status}.`,
    `<p>Message: ${STATUS_CODES[status] ?? ''}.`,
    ...(detail === '' ? [] : [`<p>${detail}`]),
    '</body>',
    '',
  ];
  return lines.join('\r\n');
}

/**
 * Ends an answer with a status and its page.
 * @param detail a sentence of ours, never of the client's: it is not escaped
 */
export function refuse(response: ServerResponse, status: number, detail = ''): void {
  const body = pageOf(status, detail);
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/html');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="default"');
  // What is left of the request has not been read: the connection cannot go on.
  const { req } = response;
  if (status === 401 || status === 503 || !req.complete) response.setHeader('Connection', 'close');
  if (req.complete || status === 413 || status === 503) {
    response.end(body);
    return;
  }
  // A client that is still sending would meet a reset and never read the answer (RFC 9112 §9.6): the rest is taken first, as long as
  // a request may take.
  response.write(body);
  req.resume();
  req.once('end', () => response.end());
}

/** The same as bytes, where a request could not be read far enough for an answer of its own. The connection ends with it. */
export function refusal(status: number): string {
  const body = pageOf(status, '');
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Server: legato',
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ];
  return lines.join('\r\n');
}
