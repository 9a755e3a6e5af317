import { makeNamespec } from '../control/namespec.ts';
import type { ProcessInfo } from '../control/supervisor.ts';
import type { State } from '../core/status.ts';
import { actionsFor, type ProcessAction, type Wish } from './actions.ts';
import { type Html, html, nothing } from './html.ts';
import { layout } from './layout.ts';

/** What the page shows. */
export type Status = {
  readonly identifier: string;
  readonly host: string;
  /** Sorted by group and name. */
  readonly processes: readonly ProcessInfo[];
  /** For the forms. */
  readonly token: string;
  /** What has just been done, or why it was not; empty: nothing. */
  readonly message: string;
  /** What a link asked for: links only ask, a button does. */
  readonly wish: Wish | null;
  readonly version: string;
};

const words: { readonly [A in ProcessAction]: string } = {
  start: 'Start',
  stop: 'Stop',
  restart: 'Restart',
  clearlog: 'Clear log',
};

const commonWords = { refresh: 'Refresh', restartall: 'Restart all', stopall: 'Stop all' } as const;

/** Supervisor's class for a state: running, trouble, or neither. */
function toneOf(state: State): 'running' | 'error' | 'nominal' {
  if (state === 'RUNNING') return 'running';
  return state === 'FATAL' || state === 'BACKOFF' ? 'error' : 'nominal';
}

function button(action: ProcessAction, namespec: string): Html {
  return html`<button name="action" value="${action}" aria-label="${words[action]} ${namespec}">${words[action]}</button>`;
}

function row(info: ProcessInfo, token: string): Html {
  const namespec = makeNamespec(info.group, info.name);
  const query = encodeURIComponent(namespec);
  const log = (channel: 'stdout' | 'stderr', path: string): Html =>
    path === ''
      ? nothing
      : html`<a href="tail.html?processname=${query}&amp;channel=${channel}" aria-label="${channel} of ${namespec}">${channel}</a>`;
  return html`<li id="p-${query}">
<span class="state status${toneOf(info.state)}" data-live="state">${info.state}</span>
<span class="name">${info.name}</span>
<span class="description" data-live="description">${info.description}</span>
<span class="logs">${log('stdout', info.stdoutLogfile)}${log('stderr', info.stderrLogfile)}</span>
<form method="post" action="index.html" data-live="actions"><input type="hidden" name="token" value="${token}"><input type="hidden" name="processname" value="${namespec}">${[...actionsFor(info.state), 'clearlog' as const].map((action) => button(action, namespec))}</form>
</li>
`;
}

/** Processes that stand together: a group under its heading, or, one after the other, those that are their group's only one. */
type Section = { readonly heading: string; readonly members: readonly ProcessInfo[] };

function sections(processes: readonly ProcessInfo[]): readonly Section[] {
  const made: Section[] = [];
  for (const [name, members] of Map.groupBy(processes, ({ group }) => group)) {
    const last = made.at(-1);
    const isAlone = members.length === 1 && members[0]?.name === name;
    if (!isAlone) made.push({ heading: name, members });
    else if (last?.heading === '') made[made.length - 1] = { heading: '', members: [...last.members, ...members] };
    else made.push({ heading: '', members });
  }
  return made;
}

function section({ heading, members }: Section, token: string): Html {
  const rows = members.map((info) => row(info, token));
  if (heading === '')
    return html`<section class="alone"><ul role="list">
${rows}</ul></section>
`;
  return html`<section aria-label="group ${heading}"><h2>${heading}</h2><ul role="list">
${rows}</ul></section>
`;
}

/** How many there are of each tone: `3 running, 1 in trouble`. */
function summary(processes: readonly ProcessInfo[]): string {
  const count = (tone: string): number => processes.filter(({ state }) => toneOf(state) === tone).length;
  const parts = [`${count('running')} running`];
  if (count('error') > 0) parts.push(`${count('error')} in trouble`);
  if (count('nominal') > 0) parts.push(`${count('nominal')} not running`);
  return parts.join(', ');
}

/** Asks whether what a link or a page without a valid token has asked for is to be done. */
function question({ wish, token }: Status): Html {
  if (wish === null || wish.action === 'refresh') return nothing;
  const what = wish.process === null ? commonWords[wish.action] : `${words[wish.action]} ${wish.process}`;
  const field =
    wish.process === null ? nothing : html`<input type="hidden" name="processname" value="${wish.process}">`;
  return html`<form class="question" method="post" action="index.html"><input type="hidden" name="token" value="${token}">${field}
<p>${what}?</p><button name="action" value="${wish.action}">${what}</button> <a href="index.html">Cancel</a></form>`;
}

export function statusPage(status: Status): Html {
  const { identifier, host, processes, token, message, version } = status;
  return layout(
    `${identifier} on ${host}`,
    html`<header>
<div><h1>${identifier} <small>on ${host}</small></h1>
<p id="summary" data-live="summary">${summary(processes)}</p></div>
<form method="post" action="index.html"><input type="hidden" name="token" value="${token}"><a class="button" href="index.html">Refresh</a>
<details><summary>All processes</summary><div><button name="action" value="restartall">Restart all</button><button name="action" value="stopall">Stop all</button></div></details></form>
</header>
${message === '' ? nothing : html`<p class="message" role="status">${message}</p>`}
${question(status)}
<main id="processes">
${processes.length === 0 ? html`<p class="empty">No programs are configured.</p>` : sections(processes).map((one) => section(one, token))}</main>
<footer>legato, a drop-in for Supervisor ${version}</footer>`,
  );
}
