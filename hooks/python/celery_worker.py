"""Says when a Celery worker is ready, and lets it drain or reload without losing a task.

Celery's own warm shutdown is not exact. A task that the broker hands over while the worker closes its connection is lost (Redis;
kombu before 5.3), and one that the pool has begun may be given back to the queue as well. So before TERM there is SIGWINCH,
which Celery does not use and which nobody dies of: the worker cancels its consumers, as `celery control cancel_consumer` does.
The TERM after it is Celery's own as soon as nothing is in hand any more. A TERM alone means what it always meant.

SIGHUP goes the same way: Celery shuts down and executes itself again, with this module. One that is told to go meanwhile goes.
"""

import os
import signal
import socket
import sys
import threading
import time

from celery.signals import worker_ready
from celery.worker import state

HERE = os.path.dirname(os.path.abspath(__file__))
# Longer than a consumer that was cancelled may still wait for an answer of the broker (BRPOP of kombu: 1 s).
ANSWER = 1.5
# A worker that has not cancelled its consumers after so long (it has no broker) reloads as it ever did.
PATIENCE = 10

worker = sys.modules["celery.apps.worker"]
stock_reload = getattr(worker, "_reload_current_worker", None)
# It was told to go: it does not come back.
leaving = False


def leave():
    global leaving
    leaving = True


def reload():
    if leaving:
        return
    paths = [HERE, os.environ.get("PYTHONPATH")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    stock_reload()


# Celery asks for this name when it gets a SIGHUP, and calls it at the end of the process.
if stock_reload is not None:
    worker._reload_current_worker = reload


# A SIGWINCH that comes while the worker still gets up is remembered: the TERM after it may find it working.
early = []
signal.signal(signal.SIGWINCH, lambda *_: early.append(os.getpid()))


class Drain:
    def __init__(self, consumer):
        self.consumer = consumer
        self.pid = os.getpid()
        # Set when the consumers are cancelled; None: nobody has asked for that.
        self.quiet = None
        # What Celery is told when nothing is in hand any more; None: nothing yet.
        self.last = None
        # It has been told that: the next TERM or HUP is Celery's own.
        self.idle = False
        self.stock = {}
        self.take(signal.SIGTERM, self.on_term)
        if signal.SIGTERM in self.stock:
            self.take(signal.SIGHUP, self.on_hup)
            signal.signal(signal.SIGWINCH, self.on_quiet)
            if self.pid in early:
                self.on_quiet()

    def take(self, number, handler):
        stock = signal.getsignal(number)
        if callable(stock):
            self.stock[number] = stock
            signal.signal(number, handler)

    def on_quiet(self, *_):
        if self.pid == os.getpid():
            leave()
            # The TERM after it says when.
            if self.last == signal.SIGHUP:
                self.last = None
            self.cancel_soon()

    def cancel_soon(self):
        if self.quiet is None:
            self.quiet = threading.Event()
            self.consumer.call_soon(self.cancel)

    def cancel(self):
        for queue in list(self.consumer.task_consumer.queues):
            self.consumer.cancel_task_queue(getattr(queue, "name", queue))
        self.quiet.set()

    def on_term(self, *args):
        drains = leaving and self.quiet is not None and self.last is None
        leave()
        if not drains:
            return self.stock[signal.SIGTERM](*args)
        self.end_with(signal.SIGTERM)

    def on_hup(self, *args):
        if leaving or stops():
            return
        if self.idle:
            return self.stock[signal.SIGHUP](*args)
        if self.last is None:
            self.cancel_soon()
            self.end_with(signal.SIGHUP)

    def end_with(self, number):
        self.last = number
        threading.Thread(target=self.finish, args=(number,), daemon=True).start()

    def finish(self, number):
        end = time.monotonic() + PATIENCE
        while not self.quiet.wait(0.1) and (number == signal.SIGTERM or time.monotonic() < end):
            # It stops in its own way: nobody will cancel anything any more.
            if stops():
                return
        time.sleep(ANSWER)
        while state.reserved_requests or state.active_requests:
            time.sleep(0.05)
        if self.last == number:
            self.idle = True
            os.kill(self.pid, number)


def stops():
    return any(getattr(state, name, None) not in (None, False) for name in ("should_stop", "should_terminate"))


def on_ready(sender=None, **_):
    Drain(sender)
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
            said.sendto(b"READY=1", "\0" + address[1:] if address[0] == "@" else address)


worker_ready.connect(on_ready, weak=False)
