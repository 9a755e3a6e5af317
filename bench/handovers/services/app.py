"""A small application: WSGI (`app`), ASGI (`asgi`), or by itself under one of the servers that die on TERM in the middle of an answer."""

import json
import os
import sys
import time

import release

SETTINGS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "settings.json")))
BODY = b"generation=" + release.NAME.encode() + b"\n"


def app(environ, start_response):
    time.sleep(SETTINGS["delay"] / 1000)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]


application = app


async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
        await send({"type": "http.response.body", "body": BODY})


def http_server(port):
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            time.sleep(SETTINGS["delay"] / 1000)
            self.wfile.write(BODY)

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def flask(port):
    import logging

    from flask import Flask

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = Flask("app")
    application.add_url_rule("/", view_func=lambda: BODY)
    application.run(host="127.0.0.1", port=port)


def waitress(port):
    import waitress

    waitress.serve(app, host="127.0.0.1", port=port, threads=8)


if __name__ == "__main__":
    {"http.server": http_server, "flask": flask, "waitress": waitress}[sys.argv[1]](int(sys.argv[2]))
