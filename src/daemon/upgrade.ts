import { readlinkSync } from 'node:fs';
import type { About, UpgradeAnswer, UpgradePart } from '../control/contract.ts';
import { exitText } from '../core/log-lines.ts';
import { errnoName } from '../os/errno.ts';
import type { Snapshot } from '../os/link.ts';
import { protocolVersion } from '../os/wire.ts';
import { ownVersion } from './answer.ts';
import type { Daemon } from './daemon.ts';
import { distrust, installationTrouble, launcherOf } from './installation.ts';
import { commandCalled, installationCalled, installationRunning, ownCommand } from './own-command.ts';
import { listenersKey, shelfIn } from './past.ts';
import { readShelfText } from './shelf.ts';
import { type Credentials, credentials, type Legacy } from './successor.ts';
import { waitStatus } from './wait-status.ts';

/** How long a new version may take to say whether it can take over, in milliseconds. */
const trialTime = 60_000;

type Attempt = { readonly ok: true; readonly found: Credentials } | Extract<UpgradeAnswer, { ok: false }>;

/** Another version in the place of this brain (docs/upgrade.md). */
export class Upgrade {
  readonly #daemon: Daemon;
  #isBusy = false;
  #state: About['upgrade'] = { state: 'none', reason: '' };

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** What init says of an upgrade before which, or by which, this brain has come. */
  learn(replaced: Snapshot['replaced']): void {
    if (replaced === null) return;
    const { mainLog } = this.#daemon;
    const who = `legato ${ownVersion()} at ${installationRunning()}`;
    if (replaced.outcome === 'on-trial') {
      this.#state = { state: 'done', reason: '' };
      mainLog.log('info', `upgraded: ${who} goes on`);
      return;
    }
    const reason = failureOf(replaced.outcome, replaced.code);
    this.#state = { state: 'failed', reason };
    mainLog.log('error', `the upgrade has failed, ${who} goes on: ${reason}`);
  }

  about(): About {
    const { init } = this.#daemon;
    return {
      version: ownVersion(),
      path: installationRunning(),
      link: protocolVersion,
      brain: process.pid,
      init: init.pid,
      initPath: programOf(init.pid),
      upgrade: this.#state,
    };
  }

  /**
   * Has another version checked, and begins to make room for it. What is wrong with it is in the answer, and nothing has happened then.
   * @param to where it is installed; null: where this one was
   */
  async begin(to: string | null, part: UpgradePart): Promise<UpgradeAnswer> {
    if (this.#isBusy) return refused('an upgrade is under way already');
    this.#isBusy = true;
    const attempt = await this.#try(to, part).catch((error: unknown): Attempt => refused(String(error)));
    // While it was looked at something else may have begun.
    const hindrance = attempt.ok ? this.#hindrance() : null;
    const result = hindrance === null ? attempt : refused(hindrance);
    if (!result.ok) {
      this.#isBusy = false;
      this.#daemon.mainLog.log('warn', `no upgrade: ${result.reason}`);
      return result;
    }
    const { found } = result;
    this.#state = { state: 'under way', reason: '' };
    // The answer goes out first.
    setImmediate(() => void this.#makeRoom(found, part));
    return {
      ok: true,
      from: { version: ownVersion(), path: installationRunning() },
      to: { version: found.version, path: to ?? installationCalled() },
      brain: process.pid,
      notes: found.notes,
    };
  }

  async #try(to: string | null, part: UpgradePart): Promise<Attempt> {
    const hindrance = this.#hindrance();
    if (hindrance !== null) return refused(hindrance);
    const root = to ?? installationCalled();
    const trouble = (to === null ? null : distrust(to, process.geteuid?.() ?? 0)) ?? installationTrouble(root);
    if (trouble !== null) return refused(trouble);
    const { errands, spawnContext } = this.#daemon;
    const launcher = launcherOf(root);
    const { ok, outcome, output } = await errands.runOwn({
      name: 'legatod',
      purpose: 'upgrade',
      path: launcher,
      argv: [launcher, '--take-over', ...process.argv.slice(2)],
      environment: spawnContext.inherited,
      input: JSON.stringify(await this.#legacy()),
      timeout: trialTime,
      level: 'debug',
    });
    const found = credentials(output);
    if (found === null) return refused(`${launcher} is no legato that knows how to take over: ${outcome}`, output);
    if (!ok || found.troubles.length > 0) {
      return refused(`legato ${found.version} at ${root} cannot take over: ${found.troubles.join('; ') || outcome}`);
    }
    if (part !== 'both' && found.link !== protocolVersion) {
      const other = part === 'brain' ? 'legato-init' : 'the brain';
      const versions = `version ${found.link} of the link, and ${other}, which goes on, version ${protocolVersion}`;
      return refused(`legato ${found.version} at ${root} cannot take over: it speaks ${versions}`);
    }
    return { ok: true, found };
  }

  /** What would be cut off in the middle, though nothing of a service would be lost. */
  #hindrance(): string | null {
    const { handovers, errands, ending } = this.#daemon;
    if (ending.begun) return 'legato is on its way out';
    const undecided = handovers.undecided();
    if (undecided.length > 0) return `a handover of ${undecided.join(', ')} is not decided yet: try again then`;
    const running = errands.running();
    return running.length === 0 ? null : `${running.join(', ')} is running: try again when it is done`;
  }

  async #legacy(): Promise<Legacy> {
    const snapshot = await this.#daemon.link.greet();
    const shelf = shelfIn(snapshot);
    const { memos, generations } = snapshot;
    return { memos, generations, shelf: shelf === null ? null : readShelfText(shelf) };
  }

  async #makeRoom({ version, node, flags, bundle, init }: Credentials, part: UpgradePart): Promise<void> {
    const { mainLog, syslog, link, eventListeners } = this.#daemon;
    mainLog.log(
      'info',
      `upgrade: legato ${ownVersion()} makes room for ${version} (${part === 'init' ? init : bundle})`,
    );
    const listeners = await eventListeners.rest();
    syslog.flush();
    link.send({ type: 'memo', key: listenersKey, text: JSON.stringify(listeners) });
    const command = part === 'init' ? commandCalled() : [node, ...flags, bundle, ...process.argv.slice(2)];
    const other = part === 'brain' ? '' : init;
    const answer = await link.request({ type: 'replace', init: other, command, former: ownCommand() });
    // Everything is in init, or in a file.
    if (answer.type === 'result' && answer.errno === 0) process.exit(0);
    const reason =
      answer.type === 'refused'
        ? answer.reason
        : `init refuses (${answer.type === 'result' ? `errno ${answer.errno}` : answer.type})`;
    link.send({ type: 'memo', key: listenersKey, text: '' });
    eventListeners.wake();
    this.#state = { state: 'failed', reason };
    this.#isBusy = false;
    mainLog.log('error', `no upgrade: ${reason}`);
  }
}

function failureOf(outcome: NonNullable<Snapshot['replaced']>['outcome'], code: number): string {
  switch (outcome) {
    case 'late':
      return 'it did not come to serve within 30 s';
    case 'not-executed':
      return `legato-init cannot be executed: ${errnoName(code)}`;
    case 'not-resumed':
      return 'its legato-init could not go on in the place of the running one, and gave back';
    case 'ended':
    case 'on-trial':
      return `it ended before it served: ${exitText(waitStatus(code))}`;
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
}

function refused(reason: string, output: readonly string[] = []): Extract<UpgradeAnswer, { ok: false }> {
  return { ok: false, reason, output };
}
