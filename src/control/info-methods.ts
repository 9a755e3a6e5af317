import { stateCode } from '../core/status.ts';
import { type Method, method, unlessStopping } from './method.ts';
import { processNamed } from './named.ts';
import type { ProcessInfo } from './supervisor.ts';
import { lexically } from './text-order.ts';
import type { Struct } from './value.ts';

/** Methods that tell how processes are. */

const largest = 2 ** 31 - 1;

/** Seconds as an XML-RPC int; from 2038 on it stays at the largest, as Supervisor's does. */
function seconds(value: number): number {
  return Math.min(Math.trunc(value), largest);
}

export function processStruct(info: ProcessInfo): Struct {
  return {
    name: info.name,
    group: info.group,
    start: seconds(info.start),
    stop: seconds(info.stop),
    now: seconds(info.now),
    state: stateCode[info.state],
    statename: info.state,
    spawnerr: info.spawnerr,
    exitstatus: info.exitstatus,
    logfile: info.stdoutLogfile,
    stdout_logfile: info.stdoutLogfile,
    stderr_logfile: info.stderrLogfile,
    pid: info.pid,
    description: info.description,
  };
}

const rows: readonly Method[] = [
  method({
    name: 'supervisor.getProcessInfo',
    returns: 'struct',
    parameters: [{ name: 'name', type: 'string', doc: 'the process, `name` or `group:name`' }],
    doc: 'Tells how a process is. Times are unix seconds, 0 for never.\n\nFaults: BAD_NAME.',
    resultDoc:
      'name, group, start, stop, now, state, statename, spawnerr, exitstatus, logfile, stdout_logfile, stderr_logfile, pid, description',
    run: (supervisor, name) => processStruct(processNamed(supervisor, name).info),
  }),
  method({
    name: 'supervisor.getAllProcessInfo',
    returns: 'array',
    parameters: [],
    doc: 'Tells how every process is, in lexical order of group and name.',
    resultDoc: 'structs as getProcessInfo has them',
    run: (supervisor) => {
      const infos: ProcessInfo[] = [];
      for (const { processes } of supervisor.groups()) {
        for (const key of processes) {
          const info = supervisor.process(key);
          if (info !== undefined) infos.push(info);
        }
      }
      return infos.sort((a, b) => lexically(a.group, b.group) || lexically(a.name, b.name)).map(processStruct);
    },
  }),
];

export const infoMethods: readonly Method[] = rows.map(unlessStopping);
