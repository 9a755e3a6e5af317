"""Sends numbered tasks: producer.py QUEUE FIRST LAST."""

import sys

from jobs import note

queue, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(first, last + 1):
    note.apply_async((number,), queue=queue)
