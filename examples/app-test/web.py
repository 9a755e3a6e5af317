"""A web service that re-execs itself on HUP, as many do to load new code without closing their socket's port for long.

It owns a semaphore of multiprocessing, and so a child (the resource tracker) for which the exec'ed program never waits:
each HUP leaves one defunct process below it. Answers GET / with its pid and the number of its lives so far.
"""

import json
import multiprocessing
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

LIVES = int(os.environ.get("WEB_LIVES", "1"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"pid": os.getpid(), "lives": LIVES}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def again(*_):
    os.environ["WEB_LIVES"] = str(LIVES + 1)
    os.execv(sys.executable, [sys.executable, os.path.abspath(__file__)])


signal.signal(signal.SIGHUP, again)
semaphore = multiprocessing.get_context("spawn").Semaphore(1)
HTTPServer(("127.0.0.1", int(os.environ["WEB_PORT"])), Handler).serve_forever()
