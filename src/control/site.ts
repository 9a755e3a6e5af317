import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Supervisor } from './supervisor.ts';

/** Pages beside the API. Answers a request whose path (percent-decoded) is one of its own and says whether it was. */
export type Site = (
  supervisor: Supervisor,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<boolean>;

/** Loads the pages: not before somebody asks for one. */
export type SiteLoader = () => Promise<Site>;
