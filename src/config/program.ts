import type { GroupConfig, LogTarget, ProcessConfig, StreamConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { parseEnvironment } from './environment.ts';
import { EnvironmentLast, expand, Scope } from './expand.ts';
import { readFcgiListen } from './fcgi-socket.ts';
import { readHandover } from './handover.ts';
import type { Section } from './ini.ts';
import { type Listening, listenNumbers, noListening, readListen } from './listen.ts';
import { isMarked, SpawnNames } from './marks.ts';
import type { Names } from './percent-format.ts';
import { programKeys } from './program-keys.ts';
import { compareText, repr, strip } from './python-text.ts';
import { SectionReader } from './section-reader.ts';
import { nameAfterColon, type Source } from './source.ts';
import { type Identity, identityOf } from './values/account.ts';
import { type LogSetting, logSettingOf } from './values/file.ts';
import { nameOf } from './values/word.ts';

type ProgramReader = SectionReader<typeof programKeys>;

/**
 * The processes of a program's section (also of an fcgi-program or an eventlistener), sorted by (priority, name).
 * `serverEnvironment` is that of [supervisord]; the program's own goes on top.
 * @throws ConfigError with Supervisor's ` in section … (file: …)` behind the reason.
 */
export function processesOf(
  source: Source,
  section: Section,
  group: string,
  serverEnvironment: Readonly<Record<string, string>>,
): ProcessConfig[] {
  try {
    return readProcesses(source, section, group, serverEnvironment).sort(byPriority);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const file = section.includedFrom ?? source.file;
    throw new ConfigError(
      `${error.message} in section ${repr(section.name)} (file: ${repr(file)})`,
      error.place ?? section.place,
    );
  }
}

/** Order of groups and of processes: by priority, then by name. */
export function byPriority(a: ProcessConfig | GroupConfig, b: ProcessConfig | GroupConfig): number {
  return a.priority - b.priority || compareText(a.name, b.name);
}

function readProcesses(
  source: Source,
  section: Section,
  group: string,
  serverEnvironment: Readonly<Record<string, string>>,
): ProcessConfig[] {
  const programName = nameOf(nameAfterColon(section));
  const names = new Scope(source.environment, {
    here: source.here,
    program_name: programName,
    host_node_name: source.host.hostName,
    group_name: group,
  });
  const reader: ProgramReader = new SectionReader(source, section, programKeys, names);
  const spawnReader: ProgramReader = new SectionReader(source, section, programKeys, new SpawnNames(names));
  const atSpawn = new SpawnNames(new EnvironmentLast(names));

  // The order is Supervisor's: of several errors the first one read is reported.
  const priority = reader.read('priority');
  const autostart = reader.read('autostart');
  const autorestart = reader.read('autorestart');
  const startsecs = reader.read('startsecs');
  const startretries = reader.read('startretries');
  const stopsignal = reader.read('stopsignal');
  const stopwaitsecs = reader.read('stopwaitsecs');
  const stopasgroup = reader.read('stopasgroup');
  const killasgroup = reader.optional('killasgroup') ?? stopasgroup;
  const exitcodes = reader.read('exitcodes');
  const redirectStderr = reader.read('redirect_stderr');
  const numprocs = reader.read('numprocs');
  const first = reader.read('numprocs_start');
  const stdout = readCapture(reader, 'stdout');
  const stderr = readCapture(reader, 'stderr');
  const serverurl = reader.optional('serverurl');
  const user = reader.optional('user');
  const umask = reader.optional('umask');
  const processName = reader.at('process_name', () => nameOf(reader.raw('process_name') ?? '%(program_name)s'));
  if (numprocs > 1 && !processName.includes('%(process_num)')) {
    throw new ConfigError(
      '%(process_num) must be present within process_name when numprocs > 1',
      reader.place('numprocs'),
    );
  }
  if (stopasgroup && !killasgroup) {
    throw new ConfigError('Cannot set stopasgroup=true and killasgroup=false', reader.place('killasgroup'));
  }
  const identity = user === null ? null : identityOf(user, source.host);
  const listening = readListening(source, section, names, programName, identity);
  const handoverOf = readHandover(source, section, names, {
    listening,
    startsecs,
    stopwaitsecs,
    stopsignal,
    stopasgroup,
  });

  const processes: ProcessConfig[] = [];
  for (let number = first; number < first + numprocs; number += 1) {
    names.own.set('process_num', number).set('numprocs', numprocs);
    for (const [name, fd] of listenNumbers(listening)) names.own.set(name, fd);
    // What the process before set for itself stays for the next one, but never over the environment: Supervisor's own way.
    for (const name of names.own.keys()) if (source.environment.own.has(name)) names.own.delete(name);
    const environment = reader.at('environment', () =>
      parseEnvironment(expand(reader.raw('environment') ?? '', atSpawn, 'environment')),
    );
    for (const [name, value] of Object.entries(environment)) names.own.set(`ENV_${name}`, value);

    const directory = spawnReader.optional('directory');
    const out = { ...stdout, ...readLog(source, spawnReader, 'stdout', atSpawn) };
    const err = { ...stderr, ...readLog(source, spawnReader, 'stderr', atSpawn) };
    if (redirectStderr && err.named) {
      const text = `For [${section.name}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored`;
      source.note('warn', text, reader.place('stderr_logfile'));
    }
    const command = spawnReader.optional('command');
    if (command === null) {
      throw new ConfigError(`program section ${section.name} does not specify a command`, section.place);
    }
    const name = reader.at('process_name', () => {
      const expanded = expand(processName, new EnvironmentLast(names), 'process_name');
      if (!isMarked(expanded)) return expanded;
      throw new ConfigError(
        'a process has one name for all its generations: %(generation)s and %(generation_slot)s cannot be part of it',
      );
    });
    processes.push({
      key: `${group}:${name}`,
      group,
      name,
      priority,
      autostart,
      autorestart,
      exitcodes,
      startsecs,
      startretries,
      stopsignal,
      stopwaitsecs,
      stopasgroup,
      killasgroup,
      command,
      directory,
      identity,
      umask,
      environment: { ...serverEnvironment, ...environment },
      redirectStderr,
      stdout: streamOf(out, out.target),
      stderr: streamOf(err, redirectStderr ? { kind: 'none' } : err.target),
      serverurl: serverurl !== null && strip(serverurl).toUpperCase() === 'AUTO' ? null : serverurl,
      program: programName,
      ...handoverOf(command),
    });
  }
  return processes;
}

/** Every kind of program has keys of its own for it; an event listener has none. */
function readListening(
  source: Source,
  section: Section,
  names: Scope,
  programName: string,
  identity: Identity | null,
): Listening {
  if (section.name.startsWith('program:')) return readListen(source, section, names, programName, identity);
  return section.name.startsWith('fcgi-program:') ? readFcgiListen(source, section, programName) : noListening;
}

type Capture = { readonly captureMaxbytes: number; readonly eventsEnabled: boolean };

function readCapture(reader: ProgramReader, stream: 'stdout' | 'stderr'): Capture {
  return {
    captureMaxbytes: reader.read(`${stream}_capture_maxbytes`),
    eventsEnabled: reader.read(`${stream}_events_enabled`),
  };
}

/** `named`: a file name was given, even an empty one. */
type Log = {
  readonly target: LogTarget;
  readonly named: boolean;
  readonly maxbytes: number;
  readonly backups: number;
  readonly syslog: boolean;
};

function readLog(source: Source, reader: ProgramReader, stream: 'stdout' | 'stderr', names: Names): Log {
  const key = `${stream}_logfile` as const;
  const setting = reader.at(key, () => {
    const text = reader.expanded(key);
    // Expanded a second time, without the section in the message: a literal percent sign has to be written four times.
    return text === null ? ({ kind: 'auto' } as const) : logSettingOf(expand(text, names, key), source.host);
  });
  const backups = reader.read(`${key}_backups`);
  const maxbytes = reader.read(`${key}_maxbytes`);
  let syslog = reader.read(`${stream}_syslog`);
  const section = reader.section.name;
  if (setting.kind === 'syslog') {
    const text = `For [${section}], ${key}=syslog but this is deprecated and will be removed.  Use ${stream}_syslog=true to enable syslog instead.`;
    source.note('warn', text, reader.place(key));
    syslog = true;
  }
  if (setting.kind === 'auto' && maxbytes === 0) {
    const text = `For [${section}], AUTO logging used for ${key} without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`;
    source.note('warn', text, reader.place(`${key}_maxbytes`));
  }
  return { target: targetOf(setting), named: setting.kind === 'file', maxbytes, backups, syslog };
}

/** An empty file name means no log. */
function targetOf(setting: LogSetting): LogTarget {
  if (setting.kind === 'syslog') return { kind: 'none' };
  return setting.kind === 'file' && setting.path === '' ? { kind: 'none', path: '' } : setting;
}

function streamOf(stream: Capture & Log, target: LogTarget): StreamConfig {
  const { maxbytes, backups, captureMaxbytes, eventsEnabled, syslog } = stream;
  return { target, maxbytes, backups, captureMaxbytes, eventsEnabled, syslog };
}
