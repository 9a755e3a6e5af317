import { add } from './add.ts';
import { avail } from './avail.ts';
import { clear } from './clear.ts';
import { fg } from './fg.ts';
import { handover } from './handover.ts';
import { helpVerb } from './help.ts';
import { maintail } from './maintail.ts';
import { open } from './open.ts';
import { pid } from './pid.ts';
import { reload } from './reload.ts';
import { remove } from './remove.ts';
import { reread } from './reread.ts';
import { restart } from './restart.ts';
import { shutdown } from './shutdown.ts';
import { signal } from './signal.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { tail } from './tail.ts';
import { tree } from './tree.ts';
import { update } from './update.ts';
import { upgrade } from './upgrade.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

/** Ends the shell; as a single command it does nothing but end a line, as in supervisorctl. */
function quit(name: string): Verb {
  return { help: [`${name}\tExit the supervisor shell.`], run: (session) => session.out('') };
}

/** supervisorctl's verbs. */
const supervisorVerbs: Readonly<Record<string, Verb>> = {
  add,
  avail,
  clear,
  exit: quit('exit'),
  fg,
  maintail,
  open,
  pid,
  quit: quit('quit'),
  reload,
  remove,
  reread,
  restart,
  shutdown,
  signal,
  start,
  status,
  stop,
  tail,
  update,
  version,
};

/** What legato has besides. */
const legatoVerbs: Readonly<Record<string, Verb>> = { handover, tree, upgrade };

/** Topics of `help` that are no verbs: what verbs of Supervisor's take besides. Their own texts are Supervisor's to the letter. */
const topics = {
  json: {
    help: [
      '--json among the words of a command that lists prints JSON:',
      '  status avail pid version reread update tree handover upgrade',
      'Errors are on stderr then; exit codes are the same.',
    ],
  },
  names: {
    help: [
      'Where names of processes may stand, these may stand as well:',
      '  web*, *:worker\t* is any letters, ? any one; without a colon: the name as status shows it',
      '  @fatal\t\tall in a state: stopped starting running backoff stopping exited fatal unknown',
      '  web*@stopped\t\tboth; also name@state, group:*@state',
      'update and remove take * and ? in names of groups.',
      'signal --main SIGNAL NAME: to the process below a wrapper (sh -c, su, npm ...) that can act on it.',
    ],
  },
};

/** Every verb by its name. `EOF` is what ^D stands for; nobody asks for help on it. */
export const verbs: Readonly<Record<string, Verb>> = {
  ...supervisorVerbs,
  ...legatoVerbs,
  help: helpVerb({ default: supervisorVerbs, legato: { ...legatoVerbs, ...topics } }),
  EOF: { help: [], run: (session) => session.out('') },
};

/** Verbs that end the shell. */
export const endings: readonly string[] = ['EOF', 'exit', 'quit'];
