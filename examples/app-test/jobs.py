"""Numbered tasks. Each notes in redis that it was done, so that a lost or doubled one can be seen."""

import os
import time

import redis
from celery import Celery

URL = os.environ["REDIS_URL"]

app = Celery("jobs", broker=URL)
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)
# What a worker had in hand when SIGKILL ended it goes to another one after this many seconds (an hour, when not set). The mutex is of who gives
# such tasks back: one that was killed over it keeps the others from that for so long (five minutes, when not set).
app.conf.broker_transport_options = {"visibility_timeout": 15, "unacked_mutex_expire": 15}


@app.task(name="jobs.note")
def note(number):
    time.sleep(0.01)
    redis.Redis.from_url(URL).rpush("done", f"{number}")
