"""Lets an RQ worker stop without losing a job.

At TERM a worker that is at no job raises StopRequested wherever it is: a job that redis has given it then, and whose name is on its way,
is in no queue any more and done by nobody. So from its question for a job on until it has begun that job it counts as busy: the request is
remembered, as in the middle of a job, and it asks in short turns, so that one who waits for work notices within a second.
"""

from rq.queue import Queue
from rq.worker import StopRequested, Worker, WorkerStatus

try:
    from rq.exceptions import DequeueTimeout
except ImportError:
    from rq.queue import DequeueTimeout

# Seconds that redis may let a worker wait before it looks whether it is to stop.
TURN = 1

stock_stop = Worker.request_stop
stock_dequeue = Worker.dequeue_job_and_maintain_ttl
stock_set_state = Worker.set_state
stock_lpop = Queue.lpop.__func__

# The worker of this process that asks for a job, or has one and has not begun it.
asking = None


def request_stop(self, *args, **kwargs):
    if asking is not self:
        return stock_stop(self, *args, **kwargs)
    self.get_state = lambda: WorkerStatus.BUSY
    try:
        return stock_stop(self, *args, **kwargs)
    finally:
        del self.get_state


def dequeue(self, *args, **kwargs):
    global asking
    asking, result = self, None
    try:
        result = stock_dequeue(self, *args, **kwargs)
        return result
    finally:
        if result is None:
            asking = None


def set_state(self, state, *args, **kwargs):
    global asking
    stock_set_state(self, state, *args, **kwargs)
    if state == WorkerStatus.BUSY:
        asking = None


def lpop(cls, queue_keys, timeout, *args, **kwargs):
    if not timeout:
        return stock_lpop(cls, queue_keys, timeout, *args, **kwargs)
    left = timeout
    while True:
        if asking is not None and asking._stop_requested:
            raise StopRequested()
        try:
            return stock_lpop(cls, queue_keys, min(TURN, left), *args, **kwargs)
        except DequeueTimeout:
            left -= TURN
            if left <= 0:
                raise


Worker.request_stop = request_stop
Worker.dequeue_job_and_maintain_ttl = dequeue
Worker.set_state = set_state
Queue.lpop = classmethod(lpop)
