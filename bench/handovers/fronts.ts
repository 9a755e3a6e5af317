import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deployRun } from './deploy.ts';
import { adopting, inheriting } from './keys.ts';
import { faults, type Place, type Release, type Row } from './row.ts';

/** nginx and HAProxy: the release is their configuration file, and the script that starts them. */

function deployNginx(place: Place, release: Release): void {
  const tmp = join(place.dir, 'tmp');
  mkdirSync(tmp, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const text = `daemon off;
worker_processes 2;
pid ${place.dir}/app/nginx-${release.name}.pid;
error_log stderr crit;
${release.fault === 'bad import' ? `include ${place.dir}/a-file-that-nobody-has;` : ''}
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${tmp}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${place.port};
    location / { return 200 "generation=${release.name}\\n"; }
  }
}`;
  deployRun(place, release, 'nginx.conf', text, `/usr/sbin/nginx -e stderr -c ${place.dir}/app/nginx.conf`);
}

const deployHaproxy = (bind: (place: Place) => string): Row['deploy'] => {
  return (place, release) => {
    const text = `global
  maxconn 1000
${release.fault === 'bad import' ? '  lua-load a-file-that-nobody-has' : ''}
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
  option idle-close-on-response
frontend web
  bind ${bind(place)}
  http-request return status 200 content-type text/plain string "generation=${release.name}\\n"`;
    deployRun(place, release, 'haproxy.cfg', text, `/usr/sbin/haproxy -W -f ${place.dir}/app/haproxy.cfg`);
  };
};

const run = (): string => '/bin/sh run.sh';
/** No socket is held for it: it binds its own, and keeps it over its reloads. */
const reloading = (signal: string, more: Readonly<Record<string, string | number>> = {}): Row['program'] => {
  return ({ dir }) => ({
    command: '/bin/sh run.sh',
    directory: `${dir}/app`,
    handover: `signal:${signal}`,
    reload_timeout: 5,
    ...more,
  });
};
/** What can be wrong with what it reads on a signal; the script that starts it is not run again. */
const unreadable = faults.filter((fault) => fault === 'bad import' || fault === 'bad configuration');

const nginxKeep = { cure: 'none in 1.22: it closes idle connections at QUIT (`keepalive_min_timeout` from 1.27.4 on)' };

export const frontRows: readonly Row[] = [
  {
    service: 'nginx',
    way: 'adopt',
    program: adopting(run, { stopsignal: 'QUIT' }),
    deploy: deployNginx,
    faults,
    keep: nginxKeep,
  },
  {
    service: 'nginx',
    way: 'NGINX',
    program: inheriting(run, { stopsignal: 'QUIT', listen_dialect: 'nginx' }),
    deploy: deployNginx,
    faults,
    keep: nginxKeep,
  },
  {
    service: 'nginx',
    way: 'signal:HUP',
    program: reloading('HUP', { stopsignal: 'QUIT' }),
    deploy: deployNginx,
    faults: unreadable,
    reloadsItself: true,
    keep: nginxKeep,
  },
  {
    service: 'HAProxy, idle-close-on-response',
    way: 'signal:USR2',
    program: reloading('USR2', { stopsignal: 'USR1' }),
    deploy: deployHaproxy(({ port }) => `127.0.0.1:${port}`),
    faults: unreadable,
    reloadsItself: true,
    keep: 'drains',
  },
  {
    service: 'HAProxy, idle-close-on-response',
    way: 'adopt',
    // It ends its kept connections itself: there is nothing to wait for before its signal.
    program: adopting(run, { stopsignal: 'USR1', quiet_timeout: 0 }),
    deploy: deployHaproxy(({ port }) => `127.0.0.1:${port}`),
    faults,
    keep: 'drains',
  },
  {
    service: 'HAProxy, idle-close-on-response',
    way: 'fd@3',
    program: inheriting(run, { stopsignal: 'USR1' }),
    deploy: deployHaproxy(() => 'fd@3'),
    faults,
    keep: 'drains',
  },
];
