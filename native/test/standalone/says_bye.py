"""In a session of its own: says `up`; at TERM takes a moment, says `bye` and ends."""

import os
import signal
import time


def leave(*_):
    time.sleep(0.05)  # the moment that a grace is for
    os.write(1, b"bye\n")
    os._exit(0)


signal.signal(signal.SIGTERM, leave)
os.setsid()
os.write(1, b"up\n")
while True:
    signal.pause()
