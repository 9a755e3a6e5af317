import { type Method, method, unlessStopping } from './method.ts';
import { processNamed } from './named.ts';
import { fault } from './value.ts';

/** Methods that speak to processes and event listeners. */

const writeStdin = method({
  name: 'supervisor.sendProcessStdin',
  returns: 'boolean',
  parameters: [
    { name: 'name', type: 'string', doc: 'the process, `name` or `group:name`' },
    { name: 'chars', type: 'string', doc: 'what to write; it arrives as UTF-8' },
  ],
  doc: 'Writes to the stdin of a process.\n\nFaults: INCORRECT_PARAMETERS for what is no string, BAD_NAME, NOT_RUNNING, NO_FILE when its stdin takes nothing (it has closed it, or has not read 1 MiB that wait).',
  resultDoc: 'true',
  run: (supervisor, name, chars) => {
    const { key, info } = processNamed(supervisor, name);
    if (info.pid === 0 || info.state === 'STOPPING') throw fault('NOT_RUNNING', name);
    if (supervisor.writeStdin(key, chars) === 'NO_FILE') throw fault('NO_FILE', name);
    return true;
  },
});

const remoteEvent = method({
  name: 'supervisor.sendRemoteCommEvent',
  returns: 'boolean',
  parameters: [
    { name: 'type', type: 'string', doc: 'what kind of event it is, for those who hear it' },
    { name: 'data', type: 'string', doc: 'the body of the event' },
  ],
  doc: 'Sends a REMOTE_COMMUNICATION event to the event listeners that subscribe to it.',
  resultDoc: 'true',
  run: (supervisor, type, data) => {
    supervisor.remoteEvent(type, data);
    return true;
  },
});

const rows: readonly Method[] = [
  {
    ...writeStdin,
    call: (supervisor, args) => {
      // Elsewhere a number does for its digits; here Supervisor is strict.
      const [, chars] = args;
      if (chars !== undefined && typeof chars !== 'string') throw fault('INCORRECT_PARAMETERS', JSON.stringify(chars));
      return writeStdin.call(supervisor, args);
    },
  },
  remoteEvent,
];

/** Who listens is there until the end: what a service has to say of its own end is heard. */
export const eventMethods: readonly Method[] = rows.map((row) => (row === remoteEvent ? row : unlessStopping(row)));
