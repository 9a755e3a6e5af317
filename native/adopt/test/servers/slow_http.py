"""Python's http.server, answering after a moment. Dies on TERM in the middle of an answer."""

import http.server
import os
import sys
import time

KIND = http.server.ThreadingHTTPServer if sys.argv[2] == 'threads' else http.server.HTTPServer


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ('generation=%s\n' % os.environ['GENERATION']).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        time.sleep(float(os.environ.get('DELAY', '0.002')))
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.do_GET()

    def log_message(self, *args):
        pass


KIND(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
