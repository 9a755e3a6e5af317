import type { Channel } from '../control/contract.ts';
import { type Html, html, nothing } from './html.ts';
import { layout } from './layout.ts';

/** The end of a log. `offset` is where what follows begins; null: there is no log to follow. */
export type LogEnd = {
  readonly process: string;
  readonly channel: Channel;
  readonly text: string;
  readonly limit: number;
  readonly offset: number | null;
};

export function tailPage({ process, channel, text, limit, offset }: LogEnd): Html {
  const here = (of: Channel, bytes: number): string =>
    `tail.html?processname=${encodeURIComponent(process)}&channel=${of}&limit=${bytes}`;
  const followed = `tail.json?processname=${encodeURIComponent(process)}&channel=${channel}`;
  const other = channel === 'stdout' ? 'stderr' : 'stdout';
  return layout(
    `${channel} of ${process}`,
    html`<header>
<div><h1>${process} <small>${channel}</small></h1></div>
<form><a class="button" href="index.html">Back</a><a class="button" href="${here(channel, limit)}">Refresh</a><a class="button" href="${here(channel, limit * 8)}">More</a><a class="button" href="${here(other, limit)}">${other}</a></form>
</header>
<main><pre id="log" tabindex="0" aria-label="end of ${channel} of ${process}"${offset === null ? nothing : html` data-offset="${offset}" data-follow="${followed}"`}>
${text}</pre></main>
`,
  );
}
