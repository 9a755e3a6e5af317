import { words } from '../config/python-text.ts';
import type { About, Release, UpgradePart } from '../control/contract.ts';
import { listOf, numberOf, structOf, textOf } from '../control/replies.ts';
import { Fault, type Value } from '../control/value.ts';
import { isMeant } from './confirm.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

const help = [
  'upgrade\t\t\tPut another version of legato in the place of the one that runs; services are not touched',
  '  --to PATH\t\tthe directory where it is installed, instead of where the running one was started from',
  '  --only PART\t\tbrain: legato-init stays as it is; init: the brain does',
  '  --json\t\tprint the outcome as JSON',
];

/** How long a new brain may take to answer, and how often it is asked, in milliseconds. */
const [patience, interval] = [90_000, 50] as const;

type Options = { path: string; part: UpgradePart };

/** null: wrong words. */
function parse(argument: string): Options | null {
  const options: Options = { path: '', part: 'both' };
  const rest = words(argument);
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const value = rest.shift() ?? '';
    if (word === '--to' && value !== '') options.path = value;
    else if (word === '--only' && (value === 'brain' || value === 'init')) options.part = value;
    else return null;
  }
  return options;
}

function release(value: Value | undefined): Release {
  const { version, path } = structOf(value);
  return { version: textOf(version), path: textOf(path) };
}

function stateOf(value: Value | undefined): Omit<About, 'link' | 'init'> {
  const { version, path, brain, initPath, upgrade } = structOf(value);
  const { state, reason } = structOf(upgrade);
  const known = state === 'under way' || state === 'done' || state === 'failed' ? state : 'none';
  return {
    version: textOf(version),
    path: textOf(path),
    brain: numberOf(brain),
    initPath: textOf(initPath),
    upgrade: { state: known, reason: textOf(reason) },
  };
}

type Now = Release & Pick<About, 'initPath'>;
type End = { readonly ok: boolean; readonly reason: string; readonly now: Now };

/** Asks until another brain answers, or the same one says that it has not come to that. */
async function untilDecided(session: Session, brain: number, to: Release): Promise<End> {
  for (const until = performance.now() + patience; performance.now() < until; ) {
    try {
      const about = stateOf(await session.client().call('legato.about'));
      const { upgrade, version, path, initPath } = about;
      if (about.brain !== brain || upgrade.state === 'failed') {
        return { ok: upgrade.state === 'done', reason: upgrade.reason, now: { version, path, initPath } };
      }
    } catch (error) {
      // Nobody is there for a moment; the connection of one that goes may break.
      if (error instanceof Fault) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
  return { ok: false, reason: `nobody has answered for ${patience / 1000} s`, now: { ...to, initPath: '' } };
}

function failed(session: Session, text: string): void {
  const [reason, ...output] = text.split('\n');
  session.fail(exitCode.generic, `upgrade: ERROR (${reason})`, ...output.map((line) => `  ${line}`));
}

export const upgrade: Verb = {
  help,
  json: true,
  run: async (session, argument) => {
    const options = parse(argument);
    if (options === null) {
      return session.fail(exitCode.invalidArguments, 'Error: upgrade accepts --to PATH and --only brain|init', ...help);
    }
    if (!(await isMeant(session, 'Really replace the running legato y/N? '))) return;
    if (!(await session.isUp())) return;
    const began = performance.now();
    let begun: ReturnType<typeof structOf>;
    try {
      begun = structOf(await session.client().call('legato.upgrade', options.path, options.part));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return failed(session, error.message.replace(/^FAILED: /, ''));
    }
    const [from, to] = [release(begun['from']), release(begun['to'])];
    const { ok, reason, now } = await untilDecided(session, numberOf(begun['brain']), to);
    const notes = listOf(begun['notes'], textOf);
    const seconds = Math.round(performance.now() - began) / 1000;
    if (session.json) session.outJson({ ok, from, to, now, reason, notes, seconds });
    else if (ok) {
      if (options.part !== 'init') {
        session.out(`legato ${from.version} at ${from.path}: replaced by ${now.version} at ${now.path}`);
      }
      if (options.part !== 'brain') session.out(`legato-init: replaced by ${now.initPath}`);
      for (const note of notes) session.out(`  ${note}`);
    }
    if (ok) return;
    if (session.json) session.exitStatus = exitCode.generic;
    else failed(session, `${reason}; legato ${now.version} at ${now.path} goes on`);
  },
};
