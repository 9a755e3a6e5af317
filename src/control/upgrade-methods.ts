import type { UpgradePart } from './contract.ts';
import { type Method, method, unlessStopping } from './method.ts';
import { fault } from './value.ts';

/** Methods about legato's own version. */

function partOf(text: string): UpgradePart {
  if (text === '') return 'both';
  if (text === 'both' || text === 'brain' || text === 'init') return text;
  throw fault('BAD_ARGUMENTS', `part ${text}: one of both, brain, init`);
}

export const upgradeMethods: readonly Method[] = [
  method({
    name: 'legato.about',
    returns: 'struct',
    parameters: [],
    doc: 'Tells which legato this is, and what became of its last upgrade.',
    resultDoc:
      'version and path (of the installation) of the brain; link (version of its link to legato-init); brain and init (pids); initPath (the program that init is); upgrade: state (none, under way, done, failed) and reason of a failure',
    run: (supervisor) => {
      const { upgrade, ...about } = supervisor.about();
      return { ...about, upgrade: { ...upgrade } };
    },
  }),
  unlessStopping(
    method({
      name: 'legato.upgrade',
      returns: 'struct',
      parameters: [
        {
          name: 'path',
          type: 'string',
          doc: 'where the new version is installed: an absolute path that only root and the user of the daemon can change; empty: where the running one was started from',
          otherwise: '',
        },
        {
          name: 'part',
          type: 'string',
          doc: 'brain: legato-init stays; init: the brain stays the version it is; both, or empty',
          otherwise: '',
        },
      ],
      doc: 'Has another version checked: whether it can be started, knows the link to init, and understands what the running brain has kept; whether its legato-init can go on in the place of the running one. Then the brain makes room for it, and init becomes the other program, in the same process; services are not touched. Answers when that begins: legato.about tells how it ended, as soon as `brain` is another one there.\n\nFaults: FAILED with the reason, and nothing has happened; BAD_ARGUMENTS for a path on a socket that others than its owner can open.',
      resultDoc:
        'from and to: structs of version and path; brain: pid of the one that makes room; notes: what the new version has to say besides',
      run: async (supervisor, path, part) => {
        const answer = await supervisor.upgrade(path === '' ? null : path, partOf(part));
        if (answer === 'NOT_ALLOWED') {
          throw fault('BAD_ARGUMENTS', 'a path is taken only on a unix socket that nobody but its owner can open');
        }
        if (!answer.ok) throw fault('FAILED', [answer.reason, ...answer.output].join('\n'));
        const { from, to, brain, notes } = answer;
        return { from: { ...from }, to: { ...to }, brain, notes: [...notes] };
      },
    }),
  ),
];
