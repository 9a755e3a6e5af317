"""Says when a Celery worker is ready, and lets it drain without losing a task.

Celery's own warm shutdown is not exact. A task that the broker hands over while the worker closes its connection is lost (Redis;
kombu before 5.3), and one that the pool has begun may be given back to the queue as well. So before TERM there is SIGWINCH,
which Celery does not use and which nobody dies of: the worker cancels its consumers, as `celery control cancel_consumer` does.
The TERM after it is Celery's own as soon as nothing is in hand any more. A TERM alone means what it always meant.
"""

import os
import signal
import socket
import threading
import time

from celery.signals import worker_ready
from celery.worker import state

# Longer than a consumer that was cancelled may still wait for an answer of the broker (BRPOP of kombu: 1 s).
ANSWER = 1.5


# A SIGWINCH that comes while the worker still gets up is remembered: the TERM after it may find it working.
early = []
signal.signal(signal.SIGWINCH, lambda *_: early.append(os.getpid()))


class Drain:
    def __init__(self, consumer):
        self.consumer = consumer
        self.pid = os.getpid()
        self.quiet = None
        self.told = False
        self.stock = signal.getsignal(signal.SIGTERM)
        if callable(self.stock):
            signal.signal(signal.SIGTERM, self.on_term)
            signal.signal(signal.SIGWINCH, self.on_quiet)
            if self.pid in early:
                self.on_quiet()

    def on_quiet(self, *_):
        if self.pid == os.getpid() and self.quiet is None:
            self.quiet = threading.Event()
            self.consumer.call_soon(self.cancel)

    def cancel(self):
        for queue in list(self.consumer.task_consumer.queues):
            self.consumer.cancel_task_queue(getattr(queue, "name", queue))
        self.quiet.set()

    def on_term(self, *args):
        if self.quiet is None or self.told:
            return self.stock(*args)
        self.told = True
        threading.Thread(target=self.finish, daemon=True).start()

    def finish(self):
        self.quiet.wait()
        time.sleep(ANSWER)
        while state.reserved_requests or state.active_requests:
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGTERM)


def on_ready(sender=None, **_):
    Drain(sender)
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
            said.sendto(b"READY=1", "\0" + address[1:] if address[0] == "@" else address)


worker_ready.connect(on_ready, weak=False)
