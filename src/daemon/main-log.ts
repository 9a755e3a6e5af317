import type { Config } from '../config/config.ts';
import type { Link } from '../os/link.ts';
import { LogFile } from '../os/log-file.ts';
import { MainLog } from '../os/main-log.ts';
import { complain as say } from '../os/standard-error.ts';
import { type SendDatagrams, Syslog, SyslogSink, syslogAddress } from '../os/syslog.ts';

/** The daemon's log and what it is made of. */
export type OpenedLog = {
  readonly mainLog: MainLog;
  /** null: it goes to syslog. */
  readonly mainLogFile: LogFile | null;
  readonly syslog: Syslog;
};

/** The file or syslog, and stdout as well in the foreground. */
export function openMainLog({ server }: Config, link: Link): OpenedLog {
  const complain = (text: string): void => say(`legatod: ${text}\n`);
  // What is wrong with the one place is said in the other.
  const ofSyslog = (text: string): void => (mainLogFile === null ? complain(text) : mainLog.log('warn', text));
  const syslog = new Syslog(sender(link), ofSyslog);
  const { logfile: path, logfileMaxbytes: maxbytes, logfileBackups: backups } = server;
  const mainLogFile = path === 'syslog' ? null : new LogFile({ path, maxbytes, backups }, complain);
  const stdout =
    server.nodaemon && !server.silent ? [new LogFile({ path: '/dev/stdout', maxbytes: 0, backups: 0 }, complain)] : [];
  const mainLog = new MainLog(server.loglevel, [mainLogFile ?? new SyslogSink(syslog, ''), ...stdout]);
  process.once('exit', () => mainLog.flush());
  return { mainLog, mainLogFile, syslog };
}

/** init sends for us: Node has no unix datagram sockets. */
function sender(link: Link): SendDatagrams {
  return async (messages) => {
    const answer = await link.request({ type: 'datagrams', address: syslogAddress, messages });
    if (answer.type !== 'result') throw new Error(`cannot send datagrams: init answered '${answer.type}'`);
    return { errno: answer.errno, count: answer.count };
  };
}
