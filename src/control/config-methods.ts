import { type Method, method, unlessStopping } from './method.ts';
import type { ConfigInfo, StreamInfo } from './supervisor.ts';
import { lexically } from './text-order.ts';
import { fault, type Struct } from './value.ts';

/** Methods about the configuration and which of its groups are active. */

function streamStruct(channel: 'stdout' | 'stderr', stream: StreamInfo): Struct {
  return {
    [`${channel}_capture_maxbytes`]: stream.captureMaxbytes,
    [`${channel}_events_enabled`]: stream.eventsEnabled,
    [`${channel}_logfile`]: stream.logfile,
    [`${channel}_logfile_backups`]: stream.logfileBackups,
    [`${channel}_logfile_maxbytes`]: stream.logfileMaxbytes,
    [`${channel}_syslog`]: stream.syslog,
  };
}

/** XML-RPC has no null: what is not set is the text `none`, as in Supervisor. */
function configStruct(config: ConfigInfo): Struct {
  return {
    autostart: config.autostart,
    autorestart: config.autorestart,
    directory: config.directory ?? 'none',
    uid: config.uid ?? 'none',
    command: config.command,
    exitcodes: config.exitcodes,
    group: config.group,
    group_prio: config.groupPriority,
    inuse: config.inuse,
    killasgroup: config.killasgroup,
    name: config.name,
    process_prio: config.priority,
    redirect_stderr: config.redirectStderr,
    startretries: config.startretries,
    startsecs: config.startsecs,
    ...streamStruct('stdout', config.stdout),
    stopsignal: config.stopsignal,
    stopwaitsecs: config.stopwaitsecs,
    ...streamStruct('stderr', config.stderr),
    serverurl: config.serverurl ?? 'none',
  };
}

const rows: readonly Method[] = [
  method({
    name: 'supervisor.getAllConfigInfo',
    returns: 'array',
    parameters: [],
    doc: 'Tells every configured process, of the configuration last read, whether its group is active (inuse) or not.',
    resultDoc: 'structs with the configured values, in lexical order of the process name',
    run: (supervisor) => [...supervisor.configs()].sort((a, b) => lexically(a.name, b.name)).map(configStruct),
  }),
  method({
    name: 'supervisor.reloadConfig',
    returns: 'array',
    parameters: [],
    doc: 'Reads the configuration again and tells which groups are new, changed or gone. Starts and stops nothing.\n\nFaults: CANT_REREAD.',
    resultDoc: 'one array of three: names of groups added, changed, removed',
    run: async (supervisor) => {
      const reread = await supervisor.reread();
      if (!reread.ok) throw fault('CANT_REREAD', reread.error);
      return [[reread.added, reread.changed, reread.removed]];
    },
  }),
  method({
    name: 'supervisor.addProcessGroup',
    returns: 'boolean',
    parameters: [{ name: 'name', type: 'string', doc: 'a group of the configuration last read' }],
    doc: 'Makes a group active; its processes with autostart are started.\n\nFaults: ALREADY_ADDED, BAD_NAME.',
    resultDoc: 'true',
    run: async (supervisor, name) => {
      const outcome = await supervisor.addGroup(name);
      if (outcome !== 'added') throw fault(outcome, name);
      return true;
    },
  }),
  method({
    name: 'supervisor.removeProcessGroup',
    returns: 'boolean',
    parameters: [{ name: 'name', type: 'string', doc: 'an active group' }],
    doc: 'Takes a group whose processes are all stopped out of the active ones.\n\nFaults: STILL_RUNNING, BAD_NAME.',
    resultDoc: 'true',
    run: async (supervisor, name) => {
      const outcome = await supervisor.removeGroup(name);
      if (outcome !== 'removed') throw fault(outcome, name);
      return true;
    },
  }),
];

export const configMethods: readonly Method[] = rows.map(unlessStopping);
