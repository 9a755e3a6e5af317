import type { Channel } from './contract.ts';
import { exists, readLog, tailLog } from './log-read.ts';
import { alias, type Method, method, type Parameter, unlessStopping } from './method.ts';
import { processNamed } from './named.ts';
import { allKeys, outcomes } from './outcomes.ts';
import { logfileOf } from './supervisor.ts';
import { fault } from './value.ts';

/** Methods about the logs of processes. */

const nameParameter = {
  name: 'name',
  type: 'string',
  doc: 'the process, `name` or `group:name`',
} as const satisfies Parameter;

function readMethod(name: string, channel: Channel): Method {
  return method({
    name,
    returns: 'string',
    parameters: [
      nameParameter,
      { name: 'offset', type: 'int', doc: 'where to begin; negative with length 0: that many bytes before the end' },
      { name: 'length', type: 'int', doc: 'bytes to read; 0: to the end' },
    ],
    doc: `Reads from the ${channel} log of a process. An answer holds at most 4 MiB.\n\nFaults: BAD_NAME, NO_FILE, BAD_ARGUMENTS, FAILED.`,
    resultDoc: 'the text read',
    run: async (supervisor, process, offset, length) => {
      const path = logfileOf(processNamed(supervisor, process).info, channel);
      if (!(await exists(path))) throw fault('NO_FILE', path === '' ? undefined : path);
      return readLog(supervisor, path, offset, length);
    },
  });
}

function tailMethod(name: string, channel: Channel): Method {
  return method({
    name,
    returns: 'array',
    parameters: [
      nameParameter,
      { name: 'offset', type: 'int', doc: 'where the last answer ended' },
      { name: 'length', type: 'int', doc: 'bytes to read at most' },
    ],
    doc: `Reads what has been added to the ${channel} log of a process since an offset. When it is more than length, the overflow flag is set and only the end is answered. Without a log the answer is empty.\n\nFaults: BAD_NAME.`,
    resultDoc: 'the text (string), the offset to ask from next (int), the overflow flag (boolean)',
    run: async (supervisor, process, offset, length) => {
      const path = logfileOf(processNamed(supervisor, process).info, channel);
      // One that was moved away begins anew.
      return !(await exists(path)) ? ['', 0, false] : tailLog(supervisor, path, offset, length);
    },
  });
}

const readStdout = readMethod('supervisor.readProcessStdoutLog', 'stdout');
const tailStdout = tailMethod('supervisor.tailProcessStdoutLog', 'stdout');

const clear = method({
  name: 'supervisor.clearProcessLogs',
  returns: 'boolean',
  parameters: [nameParameter],
  doc: 'Removes both logs of a process and begins them anew.\n\nFaults: BAD_NAME, FAILED.',
  resultDoc: 'true',
  run: async (supervisor, name) => {
    const { key } = processNamed(supervisor, name);
    if (!(await supervisor.clearLogs(key))) throw fault('FAILED', name);
    return true;
  },
});

const rows: readonly Method[] = [
  readStdout,
  alias('supervisor.readProcessLog', readStdout),
  readMethod('supervisor.readProcessStderrLog', 'stderr'),
  tailStdout,
  alias('supervisor.tailProcessLog', tailStdout),
  tailMethod('supervisor.tailProcessStderrLog', 'stderr'),
  clear,
  alias('supervisor.clearProcessLog', clear),
  method({
    name: 'supervisor.clearAllProcessLogs',
    returns: 'array',
    parameters: [],
    doc: 'Removes the logs of every process and begins them anew.',
    resultDoc: 'for each one: name, group, status (80, or a fault code) and description (`OK`, or the fault)',
    run: (supervisor) =>
      outcomes(
        supervisor,
        allKeys(supervisor),
        () => true,
        async (key, _info, name): Promise<true> => {
          if (!(await supervisor.clearLogs(key))) throw fault('FAILED', name);
          return true;
        },
      ),
  }),
];

export const logMethods: readonly Method[] = rows.map(unlessStopping);
