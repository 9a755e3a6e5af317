"""A WSGI application for gunicorn, waitress and uWSGI; by itself it runs under Flask's or waitress' server."""

import os
import sys
import time


def app(environ, start_response):
    body = b'generation=' + os.environ['GENERATION'].encode() + b'\n'
    time.sleep(float(os.environ.get('DELAY', '0.002')))
    environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]


application = app

if __name__ == '__main__':
    if sys.argv[1] == 'waitress':
        import waitress

        waitress.serve(app, host='127.0.0.1', port=int(sys.argv[2]), threads=16)
    elif sys.argv[1] == 'uvicorn':
        import uvicorn

        async def asgi(scope, receive, send):
            if scope['type'] != 'http':
                return
            body = b'generation=' + os.environ['GENERATION'].encode() + b'\n'
            await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'%d' % len(body))]})
            await send({'type': 'http.response.body', 'body': body})

        uvicorn.run(asgi, host='127.0.0.1', port=int(sys.argv[2]), log_level='error')
    else:
        import logging

        from flask import Flask

        logging.getLogger('werkzeug').setLevel(logging.ERROR)
        flask = Flask('app')
        flask.add_url_rule('/', view_func=lambda: 'generation=%s\n' % os.environ['GENERATION'])
        flask.run(host='127.0.0.1', port=int(sys.argv[2]), threaded=True)
