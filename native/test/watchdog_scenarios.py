"""What becomes of a brain that does nothing any more; run as scenarios.py is. Limits are short where they are to run out, and nothing
else is measured against them; a brain that comes after one that was watched is not watched before it asks for it."""

import os
import signal
import subprocess
import sys

from play import first_life, play, scenarios_of
from process_table import equal, until

LIMIT_MS = 1000
PYTHON = "/usr/bin/python3"


def is_traced():
    with open("/proc/self/status", encoding="ascii") as status:
        return "\nTracerPid:\t0\n" not in status.read()


def later(milliseconds, statements):
    subprocess.Popen([PYTHON, "-SEc", f"import time;time.sleep({milliseconds / 1000});{statements}"])


def a_brain_that_was_stopped_is_replaced(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        link.watchdog(LIMIT_MS)
        os.kill(os.getpid(), signal.SIGSTOP)
    told = link.farewell
    equal((told["hung"], told["status"]), (1, signal.SIGKILL))
    equal("state T (stopped)" in told["words"], True, told["words"])
    equal([g["life"] for g in SNAPSHOT], [0], "the service went on")


def a_brain_that_spins_says_where(link):
    if first_life(DIRECTORY):
        link.watchdog(LIMIT_MS)
        while True:
            pass
    told = link.farewell
    equal(told["hung"], 1)
    equal("state R (running)" in told["words"] and "KeyboardInterrupt" in told["words"], True, told["words"])


def a_brain_that_spins_when_nobody_has_spoken_to_it_is_found_by_its_processor_time(link):
    if first_life(DIRECTORY):
        link.watchdog(LIMIT_MS)
        link.wait("ping")
        link.alive()
        link.never("ping", LIMIT_MS / 1000)  # the last of what was sent is answered for
        while True:
            pass
    equal(link.farewell["hung"], 1)


def a_brain_that_waits_in_a_system_call_is_replaced_and_the_file_is_named(link):
    if first_life(DIRECTORY):
        link.watchdog(LIMIT_MS)
        os.mkfifo(os.path.join(DIRECTORY, "fifo"))
        fifo = os.open(os.path.join(DIRECTORY, "fifo"), os.O_RDWR)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.read(fifo, 1)
    told = link.farewell
    equal((told["hung"], told["status"]), (1, signal.SIGKILL))
    equal("in system call" in told["words"] and f"{DIRECTORY}/fifo" in told["words"], True, told["words"])


def a_brain_that_answers_is_asked_once_for_what_it_was_told_and_left_alone_then(link):
    link.watchdog(4000)
    for generation in (1, 2):
        link.spawn(generation, ["/bin/true"])
        link.wait("empty", generation=generation)
        link.wait("ping")
        link.alive()
    link.release(1)
    link.wait("ping")
    link.alive()
    link.never("ping", 3)
    link.watchdog(0)
    link.release(2)
    link.never("ping", 3)


def a_brain_that_is_traced_may_stand_still(link):
    if first_life(DIRECTORY):
        held, watched = os.path.join(DIRECTORY, "held"), os.path.join(DIRECTORY, "watched")
        # PTRACE_SEIZE; the end of the tracer lets it go. It is watched from when it is traced on, however long that took, and stopped when it is watched.
        subprocess.Popen([PYTHON, "-SEc",
                          "import ctypes,os,sys,time\nl=ctypes.CDLL(None)\nassert l.ptrace(0x4206,int(sys.argv[1]),0,0)==0\n"
                          "while not os.path.exists(sys.argv[3]): time.sleep(0.002)\nos.kill(int(sys.argv[1]),19)\n"
                          f"time.sleep({3 * LIMIT_MS / 1000})\nos.kill(int(sys.argv[1]),0)\nopen(sys.argv[2],'w').close()\n", str(os.getpid()), held, watched])
        until(is_traced, "it is traced")
        link.watchdog(LIMIT_MS)
        open(watched, "w", encoding="ascii").close()
        signal.pause()
        signal.pause()
    equal(os.path.exists(os.path.join(DIRECTORY, "held")), True, "it outlived its limit while it was traced")
    equal(link.farewell["hung"], 1)


def a_brain_that_waits_for_a_disk_is_waited_for(link):
    equal(first_life(DIRECTORY), True, "it was killed")
    fifo, note = os.path.join(DIRECTORY, "fifo"), os.path.join(DIRECTORY, "waited")
    os.mkfifo(fifo)
    later(3 * LIMIT_MS, f"open({note!r},'w').close();open({fifo!r},'w').close()")
    link.watchdog(LIMIT_MS)
    # As one that waits for a disk (state D) its parent waits for a child that has not come to its exec (vfork(2)).
    os.posix_spawn("/bin/true", ["true"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 9, fifo, os.O_RDONLY, 0)])
    equal(os.path.exists(note), True, "it outlived its limit")
    link.wait("ping")
    link.alive()


def a_brain_that_gets_no_processor_is_waited_for(link):
    equal(first_life(DIRECTORY), True, "it was killed")
    note = os.path.join(DIRECTORY, "starved-so-long")
    # Of the session of the brain, for the kernel shares the time out by sessions first (sched(7), autogroup).
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    hog = subprocess.Popen([PYTHON, "-SEc", "while True: pass"])
    later(3 * LIMIT_MS, f"open({note!r},'w').close();import os;os.kill({hog.pid},9)")
    link.watchdog(LIMIT_MS)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while not os.path.exists(note):
        pass
    link.wait("ping")
    link.alive()


def a_brain_that_crashes_leaves_its_last_words(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        os.write(2, b"\x1b[31mout of memory\x00\nat foot\n")
        os.kill(os.getpid(), signal.SIGABRT)
    told = link.farewell
    equal((told["hung"], told["status"] & 0x7F, told["words"]), (0, signal.SIGABRT, "?[31mout of memory?\nat foot\n"))


def last_words_are_cut_at_their_beginning(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        os.write(2, b"x" * 100_000 + b"the end")
        os._exit(3)
    told = link.farewell
    equal((len(told["words"]), told["words"][-8:], told["status"]), (16384, "xthe end", 3 << 8))


SCENARIOS = scenarios_of(globals())

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:]

    def scenario(link):
        global SNAPSHOT
        _, SNAPSHOT = link.hello()
        link.settled()
        SCENARIOS[NAME](link)

    play(NAME, scenario)
