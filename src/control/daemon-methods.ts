import { apiVersion } from './contract.ts';
import { exists, readLog } from './log-read.ts';
import { alias, type Method, method, unlessStopping } from './method.ts';
import { fault } from './value.ts';

/** Methods about the daemon as a whole. */

const getAPIVersion = method({
  name: 'supervisor.getAPIVersion',
  returns: 'string',
  parameters: [],
  doc: 'The version of the interface that the daemon speaks.',
  resultDoc: 'the version, "3.0"',
  run: () => apiVersion,
});

const readMainLog = method({
  name: 'supervisor.readLog',
  returns: 'string',
  parameters: [
    {
      name: 'offset',
      type: 'int',
      doc: 'where to begin; negative with length 0: that many bytes before the end',
    },
    { name: 'length', type: 'int', doc: 'bytes to read; 0: to the end' },
  ],
  doc: 'Reads from the main log. An answer holds at most 4 MiB.\n\nFaults: NO_FILE, BAD_ARGUMENTS, FAILED.',
  resultDoc: 'the text read',
  run: async (supervisor, offset, length) => {
    const path = supervisor.mainLog ?? '';
    if (!(await exists(path))) throw fault('NO_FILE', supervisor.mainLog ?? undefined);
    return readLog(supervisor, path, offset, length);
  },
});

const rows: readonly Method[] = [
  getAPIVersion,
  alias('supervisor.getVersion', getAPIVersion),
  method({
    name: 'supervisor.getSupervisorVersion',
    returns: 'string',
    parameters: [],
    doc: 'The version of Supervisor whose behaviour the daemon has.',
    resultDoc: 'the version',
    run: (supervisor) => supervisor.version,
  }),
  method({
    name: 'supervisor.getIdentification',
    returns: 'string',
    parameters: [],
    doc: 'The identifier of the daemon, `identifier` of [supervisord].',
    resultDoc: 'the identifier',
    run: (supervisor) => supervisor.identifier,
  }),
  method({
    name: 'supervisor.getState',
    returns: 'struct',
    parameters: [],
    doc: 'The state of the daemon. On its way out it does not answer but with SHUTDOWN_STATE.',
    resultDoc: 'statecode (int) and statename (string): 1 RUNNING',
    run: () => ({ statecode: 1, statename: 'RUNNING' }),
  }),
  method({
    name: 'supervisor.getPID',
    returns: 'int',
    parameters: [],
    doc: 'The pid of the daemon: the one that the pidfile names.',
    resultDoc: 'the pid',
    run: (supervisor) => supervisor.pid,
  }),
  readMainLog,
  alias('supervisor.readMainLog', readMainLog),
  method({
    name: 'supervisor.clearLog',
    returns: 'boolean',
    parameters: [],
    doc: 'Removes the main log and begins it anew.\n\nFaults: NO_FILE, FAILED.',
    resultDoc: 'true',
    run: async (supervisor) => {
      if (!(await exists(supervisor.mainLog ?? ''))) throw fault('NO_FILE');
      if (!(await supervisor.clearMainLog())) throw fault('FAILED');
      return true;
    },
  }),
  method({
    name: 'supervisor.shutdown',
    returns: 'boolean',
    parameters: [],
    doc: 'Stops every process and ends the daemon. Answers at once.',
    resultDoc: 'true',
    run: (supervisor) => {
      supervisor.shutdown();
      return true;
    },
  }),
  method({
    name: 'supervisor.restart',
    returns: 'boolean',
    parameters: [],
    doc: 'Reads the configuration again and makes it active: what is gone is stopped, what is new started, what changed replaced, and nothing else touched. Answers at once. A configuration that is wrong changes nothing.\n\nFaults: CANT_REREAD.',
    resultDoc: 'true',
    run: (supervisor) => {
      const wrong = supervisor.restart();
      if (wrong !== null) throw fault('CANT_REREAD', wrong);
      return true;
    },
  }),
];

export const daemonMethods: readonly Method[] = rows.map(unlessStopping);
