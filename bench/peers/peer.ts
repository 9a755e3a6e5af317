import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../test/support/namespace/command.ts';
import { start } from '../../test/support/namespace/supervisor.ts';
import { until } from '../../test/support/namespace/until.ts';
import { node } from '../handovers/deploy.ts';
import type { Place, Row } from '../handovers/row.ts';
import type { Ends } from '../handovers/run.ts';

/** A peer that runs the service of a row, and its own way to replace it. `reload` comes back when the peer says it is done. */
export type Peer = {
  readonly name: string;
  /** The row of the matrix whose service and files these are. */
  readonly row: string;
  readonly launch: (t: Ends, row: Row, place: Place) => Promise<{ readonly reload: () => Promise<void> }>;
};

/** The keys of the program that every supervisor understands. */
function section(row: Row, place: Place): string {
  const own = Object.entries(row.program(place)).filter(([key]) => !/^(listen|handover|quiet|ready|min_)/.test(key));
  return own.map(([key, value]) => `${key}=${value}\n`).join('');
}

const underSupervisor = (reload: readonly string[]): Peer['launch'] => {
  return async (t, row, place) => {
    const programs = `[program:web]\nredirect_stderr=true\n${section(row, place)}`;
    const running = await start(t, { peer: 'supervisor', dir: place.dir, programs });
    return { reload: async () => void (await running.ctl(...reload)) };
  };
};

/** The service on descriptor 0, as Supervisor gives it; it is Node's `listen({fd: 0})`. */
const asFcgi: Peer['launch'] = async (t, _, place) => {
  const programs = `[fcgi-program:web]
command=${node} server.ts
directory=${place.dir}/app
environment=FD="0",ON_TERM="close"
socket=tcp://127.0.0.1:${place.port}
`;
  const running = await start(t, { peer: 'supervisor', dir: place.dir, programs });
  return { reload: async () => void (await running.ctl('restart', 'web:*')) };
};

const bySignal = (signal: NodeJS.Signals): Peer['launch'] => {
  return async (t, row, place) => {
    const { command: words, environment } = row.program(place);
    const [file = '', ...args] = String(words).split(' ');
    const log = openSync(join(place.dir, 'peer.log'), 'a');
    const env = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...variables(environment) };
    const child = spawn(file, args, { cwd: join(place.dir, 'app'), env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    t.after(() => endGroup(child));
    return { reload: () => Promise.resolve(void child.kill(signal)) };
  };
};

const home = join(import.meta.dirname, '../../build/peers');
const pm2Version = '7.0.4';

const byPm2 = (mode: 'cluster' | 'fork'): Peer['launch'] => {
  return async (t, _, place) => {
    installPm2();
    const app = join(place.dir, 'app');
    writeFileSync(join(app, 'web.mjs'), "import './server.ts';\n");
    const config = {
      apps: [
        {
          name: 'web',
          script: 'web.mjs',
          cwd: app,
          exec_mode: mode,
          instances: mode === 'cluster' ? 2 : 1,
          env: { PORT: String(place.port), ON_TERM: '' },
        },
      ],
    };
    writeFileSync(join(place.dir, 'ecosystem.json'), JSON.stringify(config));
    const env = { ...process.env, PM2_HOME: join(place.dir, 'pm2'), PATH: `${join(node, '..')}:/usr/bin:/bin` };
    const pm2 = (...args: string[]) => command(node, [join(home, 'node_modules/pm2/bin/pm2'), ...args], { env });
    t.after(async () => void (await pm2('kill')));
    await pm2('start', join(place.dir, 'ecosystem.json'));
    return { reload: async () => void (await pm2('reload', 'web')) };
  };
};

const byLegato: Peer['launch'] = async (t, row, place) => {
  const keys = row.program(place);
  const quiet = keys['listen_mode'] === 'adopt' && keys['quiet_timeout'] === undefined ? 'quiet_timeout=1\n' : '';
  const own = Object.entries(keys)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
  const programs = `[program:web]\nredirect_stderr=true\nmin_ready=${row.minReady ?? 0.5}\nready_timeout=5\n${quiet}${own}`;
  const running = await start(t, { peer: 'legato', dir: place.dir, programs });
  return { reload: async () => void (await running.legatoctl('handover', 'web')) };
};

const nodeRow = 'Node http · adopt';
const gunicornRow = 'gunicorn gthread · adopt';
const nginxRow = 'nginx · adopt';
const haproxyRow = 'HAProxy, idle-close-on-response · adopt';
const exampleRow = 'examples/app-test web · overlap, adopt';

/** In the order of the table: each service with its peers, and legato's handover of the same after them. */
export const peers: readonly Peer[] = [
  { name: 'Supervisor `restart`', row: nodeRow, launch: underSupervisor(['restart', 'web']) },
  { name: 'Supervisor fcgi-program `restart`', row: nodeRow, launch: asFcgi },
  { name: 'pm2 `reload`, cluster of 2', row: nodeRow, launch: byPm2('cluster') },
  { name: 'pm2 `reload`, fork', row: nodeRow, launch: byPm2('fork') },
  { name: '**legato handover**', row: nodeRow, launch: byLegato },
  { name: 'Supervisor `signal HUP`', row: exampleRow, launch: underSupervisor(['signal', 'HUP', 'web']) },
  { name: '**legato handover**', row: exampleRow, launch: byLegato },
  { name: 'gunicorn HUP', row: gunicornRow, launch: bySignal('SIGHUP') },
  { name: '**legato handover**', row: gunicornRow, launch: byLegato },
  { name: 'nginx HUP', row: nginxRow, launch: bySignal('SIGHUP') },
  { name: '**legato handover**', row: nginxRow, launch: byLegato },
  { name: 'HAProxy USR2', row: haproxyRow, launch: bySignal('SIGUSR2') },
  { name: '**legato handover**', row: haproxyRow, launch: byLegato },
];

/** `A="1",B="2"` of a program's environment. */
function variables(environment: string | number | undefined): Record<string, string> {
  return Object.fromEntries(
    [...String(environment ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  );
}

async function endGroup(child: ChildProcess): Promise<void> {
  const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
  try {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
  await exit;
  await until('the group of a peer to be gone', () => {
    try {
      return !process.kill(-(child.pid ?? 0), 0);
    } catch {
      return true;
    }
  });
}

/** Never a dependency: it is installed below build/ when it is measured. */
function installPm2(): void {
  if (existsSync(join(home, 'node_modules/pm2'))) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `pm2@${pm2Version}`], { cwd: home });
}
