"""What legato-init does when the kernel refuses it something; run as scenarios.py is, below a build of init into which faults.c is preloaded.
Every refusal is answered with a clear error, and nothing is lost by it: what lives goes on, and the same works when it is asked for again."""

import errno
import os
import resource
import signal
import struct
import sys

from fake_brain import PIPE, STDOUT, TCP4, TREE
from play import first_life, play, scenarios_of
from process_table import children_of, descriptors_of, equal, stat_of, until

INIT = os.getppid()
STAGE = {"pipe": 1, "shim": 2, "fork": 3, "notify": 13, "page": 14}
# struct fault of faults.c
FAULT = struct.Struct("<16siii")
SLEEP = ["/bin/sleep", "100"]


def fail(name, number, skip=0, count=1):
    """The call after `skip` others fails `count` times with the error; for send and recv: takes so many bytes; for clock: seconds."""
    with open(os.environ["LEGATO_FAULTS"], "r+b", buffering=0) as file:
        file.write(FAULT.pack(name.encode("ascii"), number, skip, count))


def descriptors():
    return len(descriptors_of(INIT))


def refused(link, fault, number, stage, skip=0, **options):
    """A spawn that is refused so leaves nothing behind, and the next one is not refused."""
    before, children = descriptors(), children_of(INIT)
    fail(fault, number, skip)
    equal(link.spawn_fails(1, SLEEP, **options), (STAGE[stage], number), f"{fault} {skip}")
    until(lambda: descriptors() == before and children_of(INIT) == children, "nothing is left of it")
    spawned = link.spawn(1, SLEEP, **options)
    link.signal(1, TREE, signal.SIGKILL)
    link.wait("empty", generation=1)
    equal((link.release(1), spawned["generation"]), (0, 1))
    until(lambda: descriptors() == before and children_of(INIT) == children, "nor of the next one, whose shim is reaped after its descriptors")


def a_full_process_table(link):
    refused(link, "fork", errno.EAGAIN, "shim")
    refused(link, "fork", errno.EAGAIN, "fork", skip=1)
    refused(link, "fork", errno.ENOMEM, "fork", skip=1)


def a_full_descriptor_table(link):
    refused(link, "pipe2", errno.EMFILE, "pipe", stdout=PIPE, stderr=PIPE)
    refused(link, "pipe2", errno.ENFILE, "pipe", skip=1, stdout=PIPE, stderr=PIPE)
    refused(link, "pipe2", errno.EMFILE, "pipe", skip=2, stdout=PIPE, stderr=PIPE)
    refused(link, "socketpair", errno.EMFILE, "shim")
    refused(link, "memfd_create", errno.EMFILE, "page", page=10, wake=11)
    refused(link, "eventfd", errno.EMFILE, "page", page=10, wake=11, idle=12)
    refused(link, "eventfd", errno.EMFILE, "page", skip=1, page=10, wake=11, idle=12)


def no_memory(link):
    refused(link, "mmap", errno.ENOMEM, "page", page=10, wake=11)
    refused(link, "epoll_ctl", errno.ENOMEM, "shim")


def a_tree_is_killed_without_memory_for_its_list(link):
    for skip in range(3):
        link.spawn(1, ["/bin/sh", "-c", "sleep 100 & sleep 100 & wait"])
        fail("mmap", errno.ENOMEM, skip, 1)
        link.signal(1, TREE, signal.SIGKILL)
        link.wait("empty", generation=1)
        fail("mmap", errno.ENOMEM, count=0)
        equal(link.release(1), 0)


def the_next_brain_is_tried_again_until_it_can_be_forked(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/cat"], stdout=PIPE)
        fail("fork", errno.EAGAIN, count=3)
        os.kill(os.getpid(), signal.SIGKILL)
    equal([g["life"] for g in SNAPSHOT if g["generation"] == 1], [0 if stat_of(SNAPSHOT[0]["main"]) else 2])
    with open(os.environ["LEGATO_FAULTS"], "rb") as file:
        equal(FAULT.unpack(file.read())[3] <= 0, True, "all refusals were met")


def the_next_brain_is_tried_again_until_there_is_a_link_for_it(link):
    if first_life(DIRECTORY):
        link.spawn(1, SLEEP)
        fail("socketpair", errno.EMFILE, count=2)
        os.kill(os.getpid(), signal.SIGKILL)
    equal([g["life"] for g in SNAPSHOT], [0])


def a_stream_that_cannot_be_watched_is_read_at_the_end(link):
    spawned = link.spawn(1, ["/bin/sh", "-c", "read line; echo said"], stdin=PIPE, stdout=PIPE)
    fail("epoll_ctl", errno.ENOSPC)
    link.rearm(1, STDOUT)
    with open(f"/proc/{INIT}/fd/{spawned['stdin']}", "wb", buffering=0) as stdin:
        stdin.write(b"\n")
    link.wait("exited", generation=1)
    with open(f"/proc/{INIT}/fd/{spawned['stdout']}", "rb", buffering=0) as stdout:
        equal(stdout.read(), b"said\n")


def a_byte_at_a_time(link):
    fail("send", 1, count=100_000)
    spawned = link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE, title="x" * 100)
    link.memo("key", "text" * 1000)
    equal(link.hello()[1][0]["main"], spawned["main"])
    equal(link.memos, {"key": "text" * 1000})
    fail("recv", 1, count=100_000)
    link.memo("key", "again" * 100)
    equal(link.signal(1, TREE, signal.SIGKILL)[0], 0)
    link.wait("empty", generation=1)
    link.hello()
    equal(link.memos, {"key": "again" * 100})


def the_clock_jumps_by_an_hour(link):
    link.spawn(1, SLEEP)
    link.watchdog(4000)
    link.wait("ping")
    fail("clock", 3600)
    link.spawn(2, ["/bin/true"])
    link.alive()
    link.wait("ping")
    link.alive()
    link.never("empty", 0.5, generation=1)
    equal(link.signal(1, TREE, signal.SIGKILL)[0], 0)
    link.wait("empty", generation=1)
    equal([g["generation"] for g in link.hello()[1]], [1, 2])


def a_brain_that_did_not_answer_before_the_clock_jumped_is_asked_again(link):
    if first_life(DIRECTORY):
        link.spawn(1, SLEEP)
        link.watchdog(10_000)
        link.wait("ping")
        fail("clock", 3600)
        link.rearm(1, STDOUT)  # init wakes up, and sees what time it is
        link.never("empty", 1)
        link.alive()
        equal(link.release(9), errno.ENOENT)
        link.watchdog(0)
        return
    raise AssertionError("the brain was killed")


def no_processor_clock(link):
    if first_life(DIRECTORY):
        fail("timer_create", errno.EAGAIN)
        link.settled()
        link.watchdog(1000)
        while True:
            pass
    equal(link.farewell["hung"], 1)


def a_socket_without_a_descriptor_for_it(link):
    soft, hard = resource.prlimit(INIT, resource.RLIMIT_NOFILE)
    lowest_free = next(n for n in range(1 << 20) if not os.path.exists(f"/proc/{INIT}/fd/{n}"))
    resource.prlimit(INIT, resource.RLIMIT_NOFILE, (lowest_free, hard))
    equal(link.listen_fails(1, TCP4, "127.0.0.1")[1], errno.EMFILE)
    resource.prlimit(INIT, resource.RLIMIT_NOFILE, (soft, hard))
    equal(link.listening(1, TCP4, "127.0.0.1")["socket"], 1)


SCENARIOS = scenarios_of(globals())
SCENARIOS.pop("refused")

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:]

    def greeted(link):
        global SNAPSHOT
        SNAPSHOT = link.hello()[1]
        SCENARIOS[NAME](link)

    play(NAME, greeted)
