"""Runs Debian's supervisorctl many times without starting Python anew: one JSON array of words a line in, what became of it a line out."""

import io
import json
import os
import sys

from supervisor import options, supervisorctl


def run(words):
    sys.argv = ['/usr/bin/supervisorctl', *words]
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    options.Options.stderr = sys.stderr
    code = 0
    try:
        supervisorctl.main()
    except SystemExit as end:
        code = end.code or 0
    return {'code': code, 'out': sys.stdout.getvalue(), 'err': sys.stderr.getvalue()}


for line in sys.stdin:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        sys.stdin = open(os.devnull)
        with os.fdopen(writer, 'w') as out:
            json.dump(run(json.loads(line)), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    print(text, flush=True)
