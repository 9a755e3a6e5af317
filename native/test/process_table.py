"""The process table as tests look at it."""

import os
import time

from fake_brain import PATIENCE


def equal(found, wanted, what="value"):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def until(condition, what):
    """For what nobody reports (the process table): looked at often, given up late."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never: {what}")
        time.sleep(0.002)


def stat_of(pid):
    """State, parent, group, session; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3])
    except OSError:
        return None


def born(pid):
    """Ticks since boot."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[19])


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def descriptors_of(pid):
    """Where each of its descriptors leads, by number; without those that it closes meanwhile."""
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(fd)] = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            pass
    return found


def marked(mark):
    """Processes whose command line holds the mark."""
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and mark.encode() in command_of(p)]


class Mark:
    """A number of seconds to sleep that no other process has: finds a scenario's own processes, wherever they hang."""

    def __init__(self, number):
        self.text = f"{100000 + number}.{os.getpid()}"

    def alive(self):
        return marked(self.text)


def children_of(pid):
    return sum(1 for p in os.listdir("/proc") if p.isdigit() and (stat_of(p) or (0, 0))[1] == pid)
