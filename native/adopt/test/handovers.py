"""Handovers of unmodified servers under a strict load of fresh connections: `handovers.py [-n N] [SERVER…]`.

Every generation is started next to the one that serves, held until it has shown its listen() and stayed for a moment; then it is
let go and the old one is quieted, waited for until it has no connection open, and told to end by TERM, in whatever it does then.
With --broken K as many next generations die while they settle, between the handovers. Exit code 1 if any request failed.
"""

import argparse
import os
import signal
import sys
import tempfile
import time

from harness import NODE, SERVERS, Generation, Holder, Load, wait_until

PYTHON = '/usr/bin/python3'
here = SERVERS


def gunicorn(port, *options):
    return ['/usr/bin/gunicorn', '-b', '127.0.0.1:%d' % port, '--chdir', here, '--log-level', 'error', *options, 'wsgi_app:app']


def written(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, 'w') as f:
        f.write(text)
    return path


def nginx(port, directory, n, extra=''):
    text = '''daemon off; master_process %s worker_processes 2; pid %s/nginx-%d.pid; error_log stderr crit;
    events { worker_connections 512; %s }
    http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f; uwsgi_temp_path %s/u;
      scgi_temp_path %s/s; server { listen 127.0.0.1:%d%s; location / { return 200 "generation=%d\\n"; } } }'''
    reuse = ' reuseport' if extra == 'reuseport' else ''
    text %= ('on;', directory, n, '', *([directory] * 5), port, reuse, n)
    return ['nginx', '-c', written(directory, 'nginx-%d.conf' % n, text), '-e', 'stderr']


def haproxy(port, directory, n):
    text = '''global
  maxconn 1000
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
frontend web
  bind 127.0.0.1:%d
  http-request return status 200 content-type text/plain string "generation=%d\\n"
''' % (port, n)
    return ['haproxy', '-W', '-f', written(directory, 'haproxy-%d.cfg' % n, text)]


def uwsgi(port, *options):
    return ['uwsgi', '--plugin', 'python3', '--http-socket', '127.0.0.1:%d' % port, '--chdir', here, '--wsgi-file', 'wsgi_app.py',
            '--master', '--processes', '2', '--disable-logging', '--die-on-term', *options]


# name: the command for (port, directory, generation)
COMMANDS = {
    'http.server': lambda port, d, n: [PYTHON, here + '/slow_http.py', str(port), 'single'],
    'http.server threads': lambda port, d, n: [PYTHON, here + '/slow_http.py', str(port), 'threads'],
    'gunicorn sync': lambda port, d, n: gunicorn(port, '-w', '3'),
    'gunicorn gthread': lambda port, d, n: gunicorn(port, '-w', '2', '-k', 'gthread', '--threads', '8'),
    'gunicorn reuse-port': lambda port, d, n: gunicorn(port, '-w', '2', '--reuse-port'),
    'waitress': lambda port, d, n: [PYTHON, here + '/wsgi_app.py', 'waitress', str(port)],
    'flask': lambda port, d, n: [PYTHON, here + '/wsgi_app.py', 'flask', str(port)],
    'uvicorn': lambda port, d, n: [PYTHON, here + '/wsgi_app.py', 'uvicorn', str(port)],
    'node': lambda port, d, n: [NODE, here + '/server.mjs', str(port)],
    'node cluster': lambda port, d, n: [NODE, here + '/server.mjs', str(port), 'cluster'],
    'nginx': nginx,
    'nginx reuseport': lambda port, d, n: nginx(port, d, n, 'reuseport'),
    'haproxy': haproxy,
    'uwsgi': lambda port, d, n: uwsgi(port),
    'uwsgi threads': lambda port, d, n: uwsgi(port, '--enable-threads', '--threads', '4'),
    'puma': lambda port, d, n: ['puma', '-b', 'tcp://127.0.0.1:%d' % port, '-t', '4:4', '-q', here + '/config.ru'],
    'puma cluster': lambda port, d, n: ['puma', '-b', 'tcp://127.0.0.1:%d' % port, '-t', '4:4', '-w', '2', '-q', here + '/config.ru'],
}


def handovers(name, count, mode='close', quiet=True, settle=0.25, broken=0):
    """Returns the load's result, with the names of the generations and how the handovers went."""
    holder = Holder()
    port = holder.tcp().getsockname()[1]
    generations = []
    times = []
    with tempfile.TemporaryDirectory() as directory, open(os.path.join(directory, 'log'), 'w+b') as log:

        def start(n):
            command = COMMANDS[name](port, directory, n)
            generation = Generation(
                holder, command, {'GENERATION': str(n)}, held=n > 0, cwd=directory, stdout=log, stderr=log
            )
            generations.append(generation)
            generation.ready()
            return generation

        load = None
        try:
            current = start(0)
            load = Load('http://127.0.0.1:%d/' % port, mode=mode)
            wait_until('the load runs', lambda: current.accepted > 50)
            for n in range(1, count + broken + 1):
                following = start(n)
                time.sleep(settle)
                assert following.accepted == 0, 'held, and it has accepted'
                if n % 2 == 1 and broken > n // 2:
                    generations.remove(following)
                    following.end(signal.SIGKILL)
                    continue
                following.go()
                began = time.monotonic()
                if quiet:
                    current.quiet()
                    current.wait_idle()
                times.append(round((time.monotonic() - began) * 1000, 1))
                generations.remove(current)
                current.end()
                current = following
            wait_until('the last one accepts', lambda: current.accepted > 0)
            time.sleep(settle)
            result = load.stop()
            load = None
            result['drain_ms'] = times
            return result
        except AssertionError as error:
            log.seek(0)
            raise AssertionError('%s\n%s' % (error, log.read().decode(errors='replace')[-2000:])) from error
        finally:
            if load is not None:
                load.process.kill()
                load.process.communicate()
            for generation in generations:
                generation.end()
            holder.close()


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('-n', type=int, default=5)
    parser.add_argument('--broken', type=int, default=0)
    parser.add_argument('--mode', default='close')
    parser.add_argument('--no-quiet', action='store_true')
    parser.add_argument('servers', nargs='*', default=list(COMMANDS))
    arguments = parser.parse_args()
    failed = 0
    for server in arguments.servers:
        try:
            seen = handovers(server, arguments.n, arguments.mode, not arguments.no_quiet, broken=arguments.broken)
        except AssertionError as error:
            failed += 1
            print('%-20s broken: %s' % (server, error), flush=True)
            continue
        failed += seen['failed']
        print('%-20s %d handovers, %d broken, %s, drained in %s ms' % (server, arguments.n, arguments.broken, seen['summary'], seen['drain_ms']), flush=True)
    sys.exit(1 if failed else 0)
