"""Runs Debian's supervisorctl many times without starting Python anew. For each connection to the socket that the first argument names, a process of
its own: a JSON object with the words and the environment comes in, what became of it goes out. It has five minutes. Ends with its standard input."""

import io
import json
import os
import signal
import socketserver
import sys
import threading

from supervisor import options, supervisorctl


def run(words):
    sys.argv = ['/usr/bin/supervisorctl', *words]
    sys.stdin, sys.stdout, sys.stderr = open(os.devnull), io.StringIO(), io.StringIO()
    options.Options.stderr = sys.stderr
    code = 0
    try:
        supervisorctl.main()
    except SystemExit as end:
        code = end.code or 0
    return {'code': code, 'stdout': sys.stdout.getvalue(), 'stderr': sys.stderr.getvalue()}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        signal.alarm(300)
        asked = json.load(self.rfile)
        os.environ.clear()
        os.environ.update(asked['env'])
        self.wfile.write(json.dumps(run(asked['words'])).encode())


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    request_queue_size = 128


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


with Server(sys.argv[1], Handler) as server:
    threading.Thread(target=end_with_stdin, daemon=True).start()
    print('ready', flush=True)
    server.serve_forever()
