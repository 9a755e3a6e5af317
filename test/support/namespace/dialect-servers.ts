import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server as a configuration starts it on a held socket, in the dialect it knows. */
export type DialectServer = {
  readonly name: string;
  /** The Debian package's own program; what is not there is not tried. */
  readonly needs: string;
  /** The keys of its section. What it reads is written into `dir`. */
  readonly keys: (dir: string, port: number) => string;
};

const wsgi = `import os, time
def app(environ, start_response):
    time.sleep(0.002)
    body = b'generation=%d\\n' % os.getppid()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
`;

const asgi = `import os
async def app(scope, receive, send):
    assert scope['type'] == 'http'
    body = b'generation=%d\\n' % os.getpid()
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', str(len(body)).encode())]})
    await send({'type': 'http.response.body', 'body': body})
`;

const nodeServer = `const server = require('node:http').createServer((_, response) => {
  response.shouldKeepAlive = false;
  response.end('generation=' + process.pid + '\\n');
});
server.listen({ fd: Number(process.env.WEB_FD) });
// http's own close() also cuts what was accepted and has not sent its request yet.
process.on('SIGTERM', () => require('node:net').Server.prototype.close.call(server));
`;

function put(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const gunicorn = (dir: string, arguments_: string): string => {
  put(dir, 'wsgi.py', wsgi);
  return `command=/usr/bin/gunicorn --chdir ${dir} --worker-tmp-dir ${dir} -w 2 ${arguments_} wsgi:app`;
};

const puma = (dir: string, port: number): string => {
  const body = '["generation=#{$$}\\n"]';
  put(dir, 'config.ru', `run ->(env) { [200, {'content-type' => 'text/plain'}, ${body}] }\n`);
  // With a queue, what was accepted and has not sent its request yet is cut at the end.
  const settings = put(dir, 'puma.rb', `queue_requests false\nthreads 2, 4\nbind 'tcp://127.0.0.1:${port}'\n`);
  return `command=/usr/bin/puma -C ${settings} ${join(dir, 'config.ru')}\nenvironment=HOME="${dir}"`;
};

const unicorn = (dir: string, port: number): string => {
  const body = '["generation=#{Process.ppid}\\n"]';
  put(dir, 'config.ru', `run ->(env) { [200, {'content-type' => 'text/plain'}, ${body}] }\n`);
  const settings = put(dir, 'unicorn.rb', `listen '127.0.0.1:${port}'\nworker_processes 2\n`);
  return `command=/usr/bin/unicorn -c ${settings} ${join(dir, 'config.ru')}\ndirectory=${dir}\nenvironment=HOME="${dir}"\nstopsignal=QUIT`;
};

export const dialectServers: readonly DialectServer[] = [
  {
    name: 'Node: listen({ fd }) by a variable',
    needs: process.execPath,
    keys: (dir) =>
      `command=${process.execPath} ${put(dir, 'server.cjs', nodeServer)}\nenvironment=WEB_FD="%(listen_fd_web)s"\nlisten_dialect=none`,
  },
  {
    name: 'gunicorn: fd://',
    needs: '/usr/bin/gunicorn',
    keys: (dir) => `${gunicorn(dir, '-b fd://%(listen_fd_web)s')}\nlisten_dialect=none`,
  },
  { name: 'gunicorn: LISTEN_FDS', needs: '/usr/bin/gunicorn', keys: (dir) => gunicorn(dir, '') },
  {
    name: 'gunicorn: GUNICORN_FD',
    needs: '/usr/bin/gunicorn',
    keys: (dir) => `${gunicorn(dir, '')}\nlisten_dialect=gunicorn`,
  },
  {
    name: 'gunicorn behind sudo: fd://0',
    needs: '/usr/bin/sudo',
    keys: (dir) => `${gunicorn(dir, '-b fd://0').replace('=', '=/usr/bin/sudo -n ')}\nlisten_dialect=stdin`,
  },
  {
    name: 'uvicorn: --fd',
    needs: '/usr/share/doc/python3-uvicorn',
    keys: (dir) => {
      put(dir, 'asgi.py', asgi);
      return `command=/usr/bin/python3 -m uvicorn --app-dir ${dir} --no-access-log --fd %(listen_fd_web)s asgi:app`;
    },
  },
  {
    name: 'nginx: NGINX',
    needs: '/usr/sbin/nginx',
    keys: (dir, port) => {
      const text = `daemon off; pid ${dir}/nginx.pid; error_log stderr; worker_processes 2; events {}
http { access_log off; client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b; fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
server { listen 127.0.0.1:${port}; location / { keepalive_timeout 0; return 200 "generation=$pid\\n"; } } }\n`;
      return `command=/usr/sbin/nginx -e stderr -c ${put(dir, 'nginx.conf', text)}\nlisten_dialect=nginx\nstopsignal=QUIT`;
    },
  },
  { name: 'Puma: LISTEN_FDS', needs: '/usr/bin/puma', keys: puma },
  {
    name: 'Puma: PUMA_INHERIT_0',
    needs: '/usr/bin/puma',
    keys: (dir, port) => `${puma(dir, port)}\nlisten_dialect=puma`,
  },
  { name: 'unicorn: LISTEN_FDS', needs: '/usr/bin/unicorn', keys: unicorn },
  {
    name: 'unicorn: UNICORN_FD',
    needs: '/usr/bin/unicorn',
    keys: (dir, port) => `${unicorn(dir, port)}\nlisten_dialect=unicorn`,
  },
  {
    name: 'HAProxy: fd@',
    needs: '/usr/sbin/haproxy',
    keys: (dir) => {
      const text = `defaults
  mode http
  timeout client 10s
frontend web
  bind "fd@\${WEB_FD}"
  http-request return status 200 content-type text/plain lf-string "generation=%pid\\n"
`;
      return `command=/usr/sbin/haproxy -db -f ${put(dir, 'haproxy.cfg', text)}\nenvironment=WEB_FD="%(listen_fd_web)s"\nlisten_dialect=none\nstopsignal=USR1`;
    },
  },
  {
    name: 'uWSGI: --http-socket fd://',
    needs: '/usr/bin/uwsgi',
    keys: (dir) => {
      put(dir, 'wsgi.py', wsgi.replaceAll('def app', 'def application'));
      return `command=/usr/bin/uwsgi --plugin python3 --master --processes 2 --http-socket fd://%(listen_fd_web)s --chdir ${dir} --module wsgi --disable-logging --hook-master-start "unix_signal:15 gracefully_kill_them_all"\nlisten_dialect=none`;
    },
  },
];
