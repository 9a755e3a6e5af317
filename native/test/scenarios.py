"""What brain mode must do, one function each; run as the brain: legato-init --brain -- python3 scenarios.py NAME DIRECTORY.
A scenario that holds ends with shutdown code 42, one that does not says why and ends with 1. DIRECTORY outlives a brain.
Longer than other files: a list of independent scenarios gains nothing by being cut."""

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import subprocess
import sys
import time

from fake_brain import AS_STDOUT, Broken, GROUP, MAIN, PATIENCE, PIPE, ROOTS, STDERR, STDIN, STDOUT, TREE, spawn_payload, text
from play import first_life, play, scenarios_of
from process_table import Mark, born, children_of, command_of, descriptors_of, equal, stat_of, until

INIT = os.getppid()
PYTHON = "/usr/bin/python3"
STAGE = {"pipe": 1, "shim": 2, "stdio": 5, "rlimit": 6, "groups": 7, "gid": 8, "uid": 9, "cwd": 10, "exec": 11}
NOBODY = 65534


def stream_path(spawned, name):
    return f"/proc/{INIT}/fd/{spawned[name]}"


def read_all(spawned, name="stdout"):
    with open(stream_path(spawned, name), "rb") as file:
        return file.read()


def sh(script, *arguments):
    return ["/bin/sh", "-c", script, "sh", *arguments]


# A process in a session of its own, twice forked, deaf to TERM.
DAEMON = 'trap "" TERM; (setsid sh -c \'trap "" TERM; sleep "$1" & wait; sleep "$1"\' sh "$1" &); '


def spawn_sets_up_the_process(link):
    script = ("import json,os,resource,signal,sys\n"
              "status=dict(l.split(':\\t',1) for l in open('/proc/self/status').read().splitlines() if ':\\t' in l)\n"
              "print(json.dumps({'env':dict(os.environ),'cwd':os.getcwd(),'umask':os.umask(0),'nofile':resource.getrlimit(7),"
              "'core':resource.getrlimit(4),'group':os.getpgrp(),'session':os.getsid(0),'parent':os.getppid(),'pid':os.getpid(),"
              "'blocked':status['SigBlk'],'fds':sorted(int(f) for f in os.listdir('/proc/self/fd')),"
              "'stdin':os.readlink('/proc/self/fd/0'),'args':sys.argv[1:],'err':os.fstat(2).st_ino==os.fstat(1).st_ino}))")
    own = resource.getrlimit(resource.RLIMIT_NOFILE)
    equal(GREETING["nofile"], own[0], "limit told in the greeting")
    spawned = link.spawn(1, [PYTHON, "-SEc", script, "a b", "ä", ""], stdout=PIPE, stderr=AS_STDOUT, cwd="/usr", umask=0o27,
                         rlimits=[(4, 0, 4096)], env=["A=1", "EMPTY=", "B=ä"])
    found = json.loads(read_all(spawned))
    found["env"].pop("LC_CTYPE", None)  # Python's own coercion
    equal(found["env"], {"A": "1", "EMPTY": "", "B": "ä"}, "environment")
    equal(found["args"], ["a b", "ä", ""], "arguments")
    equal(found["cwd"], "/usr", "directory")
    equal(found["umask"], 0o27, "umask")
    equal(found["core"], [0, 4096], "limit")
    equal(tuple(found["nofile"]), own, "limit on descriptors, as init was started with")
    equal((found["group"], found["session"], found["parent"]), (spawned["main"], spawned["shim"], spawned["shim"]), "place")
    equal(found["pid"], spawned["main"], "main process")
    equal(int(found["blocked"], 16), 0, "blocked signals")
    equal(found["fds"][:3] + found["fds"][4:], [0, 1, 2], "descriptors, but for the listing's own")
    equal(found["stdin"], "/dev/null")
    equal(found["err"], True, "stderr goes where stdout goes")
    equal(link.wait("exited", generation=1)["status"], 0)
    equal(link.wait("empty", generation=1)["orphans"], 0)
    equal(link.release(1), 0)
    equal(link.release(1), errno.ENOENT)


def dispositions_are_default(link):
    spawned = link.spawn(1, ["/bin/cat", "/proc/self/status"], stdout=PIPE)
    found = dict(line.split(":\t", 1) for line in read_all(spawned).decode().splitlines())
    equal([int(found[name], 16) for name in ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt")], [0] * 5, "signal state")


def identity_is_taken(link):
    spawned = link.spawn(1, ["/bin/sh", "-c", "id -u; id -g; id -G; echo again >/dev/stdout; echo err >/dev/stderr"],
                         stdout=PIPE, stderr=PIPE, who=(NOBODY, 1234, [1234, 44]), env=["PATH=/bin:/usr/bin"])
    equal(read_all(spawned).split(b"\n"), [b"65534", b"1234", b"1234 44", b"again", b""])
    equal(read_all(spawned, "stderr"), b"err\n")


def shim_shows_its_title(link):
    short = link.spawn(1, ["/bin/sleep", "100"], title="x #1")
    long = link.spawn(2, ["/bin/sleep", "100"], title="y" * 300)
    until(lambda: command_of(short["shim"]).rstrip(b"\0") == b"legato: x #1", f"the short title: {command_of(short['shim'])}")
    until(lambda: command_of(long["shim"]).rstrip(b"\0").startswith(b"legato: yyy"), "the long title")
    equal(len(command_of(long["shim"]).rstrip(b"\0")) <= len("legato: ") + 127, True, "title is cut")
    with open(f"/proc/{short['shim']}/comm", encoding="ascii") as file:
        equal(file.read(), "legato-shim\n")


def failing_stages_are_named(link):
    true = ["/bin/true"]
    equal(link.spawn_fails(1, ["/nonexistent"]), (STAGE["exec"], errno.ENOENT))
    equal(link.spawn_fails(1, ["/etc/passwd"]), (STAGE["exec"], errno.EACCES))
    path = os.path.join(DIRECTORY, "no-format")
    with open(path, "w", encoding="ascii") as file:
        file.write("neither script nor program\n")
    os.chmod(path, 0o755)
    equal(link.spawn_fails(1, [path]), (STAGE["exec"], errno.ENOEXEC))
    equal(link.spawn_fails(1, true, cwd="/nonexistent"), (STAGE["cwd"], errno.ENOENT))
    equal(link.spawn_fails(1, true, rlimits=[(99, 1, 1)]), (STAGE["rlimit"], errno.EINVAL))
    equal(link.spawn_fails(1, true, rlimits=[(7, 2, 1)]), (STAGE["rlimit"], errno.EINVAL))
    nobody = 2 ** 32 - 1
    equal(link.spawn_fails(1, true, who=(0, nobody, [])), (STAGE["gid"], errno.EINVAL))
    equal(link.spawn_fails(1, true, who=(nobody, 0, [])), (STAGE["uid"], errno.EINVAL))
    equal(link.spawn_fails(1, true, who=(NOBODY, 0, [nobody])), (STAGE["groups"], errno.EINVAL))
    equal(link.spawn_fails(0, true), (STAGE["shim"], errno.EINVAL), )
    link.spawn(1, ["/bin/sleep", "100"])
    equal(link.spawn_fails(1, true), (STAGE["shim"], errno.EEXIST))
    until(lambda: children_of(INIT) == 2, "the shims of what failed are gone")


def exhausted_descriptors_are_named(link):
    soft, hard = resource.prlimit(INIT, resource.RLIMIT_NOFILE)
    before = sorted(descriptors_of(INIT))
    lowest_free = min(set(range(len(before) + 1)) - set(before))
    resource.prlimit(INIT, resource.RLIMIT_NOFILE, (lowest_free + 1, hard))
    equal(link.spawn_fails(1, ["/bin/true"], stdout=PIPE, stderr=PIPE), (STAGE["pipe"], errno.EMFILE))
    equal(link.spawn_fails(1, ["/bin/true"]), (STAGE["shim"], errno.EMFILE))
    until(lambda: sorted(descriptors_of(INIT)) == before, "no descriptor stays open after failures")
    resource.prlimit(INIT, resource.RLIMIT_NOFILE, (soft, hard))
    link.spawn(1, ["/bin/true"])


def missing_dev_null_is_named(link):
    if INIT != 1:
        return  # the mount namespace is not ours
    libc = ctypes.CDLL(None, use_errno=True)
    equal(libc.mount(b"none", b"/dev", b"tmpfs", 0, None), 0, "mount")
    equal(link.spawn_fails(1, ["/bin/true"]), (STAGE["stdio"], errno.ENOENT))
    equal(libc.umount2(b"/dev", 2), 0, "umount")


def streams_are_watched_once(link):
    spawned = link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE)
    with open(stream_path(spawned, "stdin"), "wb", buffering=0) as stdin, open(stream_path(spawned, "stdout"), "rb", buffering=0) as stdout:
        stdin.write(b"one")
        link.wait("readable", generation=1, stream=STDOUT)
        equal(stdout.read(100), b"one")
        stdin.write(b"two")
        link.never("readable", 0.1)
        link.rearm(1, STDOUT)
        link.wait("readable", generation=1, stream=STDOUT)
        equal(stdout.read(100), b"two")
        link.rearm(1, STDOUT)
        link.never("readable", 0.1)
    link.close_stream(1, STDIN)  # cat has read the end of its input
    link.wait("empty", generation=1)
    link.never("readable", 0.1)  # nor of its output does the end alone wake anybody
    link.close_stream(1, STDOUT)
    link.rearm(1, STDOUT)
    link.rearm(9, STDERR)
    equal(link.release(1), 0)
    until(lambda: sum(target.startswith("pipe:") for target in descriptors_of(INIT).values()) <= 3, "no pipe is left open")


def output_is_not_announced_before_its_service(link):
    count = 40
    for generation in range(1, count + 1):
        link.send(0x10, spawn_payload(generation, ["/bin/echo", "quick"], stdout=PIPE))
    while sum(frame["type"] == "readable" for frame in link.seen) < count:
        equal(link.receive(PATIENCE), True, "more is said")
    known = set()
    for frame in link.seen:
        if frame["type"] == "spawned":
            known.add(frame["generation"])
        elif frame["type"] == "readable":
            equal(frame["generation"] in known, True, f"generation {frame['generation']} is known")


def remains_outlive_main(link):
    mark = Mark(1)
    link.spawn(1, sh('sleep "$1" & sleep "$1" & exit 3', mark.text))
    equal(link.wait("exited", generation=1)["status"], 3 << 8)
    link.never("empty", 0.1)
    equal(link.release(1), errno.EBUSY)
    equal(link.signal(1, MAIN, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.signal(1, ROOTS, signal.SIGTERM, cont=True), (0, 2))
    equal(link.wait("empty", generation=1)["orphans"], 2)
    equal(mark.alive(), [])
    equal(link.signal(1, TREE, signal.SIGKILL), (errno.ESRCH, 0))
    equal(link.signal(7, MAIN, signal.SIGTERM), (errno.ENOENT, 0))


def a_stopped_process_acts_on_cont(link):
    spawned = link.spawn(1, ["/bin/sleep", "100"])
    os.kill(spawned["main"], signal.SIGSTOP)
    until(lambda: stat_of(spawned["main"])[0] == "T", "stopped")
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    link.never("exited", 0.1)
    equal(link.signal(1, MAIN, signal.SIGTERM, cont=True), (0, 1))
    equal(link.wait("exited", generation=1)["status"], signal.SIGTERM)


def daemons_are_killed_with_the_tree(link):
    mark = Mark(2)
    link.spawn(1, sh(DAEMON * 5 + "wait; sleep 0.1; exec sleep $1", mark.text))
    until(lambda: len(mark.alive()) >= 11, f"five daemons and their sleeps: {len(mark.alive())}")
    equal(link.signal(1, TREE, signal.SIGTERM)[0], 0)
    error, count = link.signal(1, TREE, signal.SIGKILL)
    equal((error, count >= 10), (0, True), f"killed {count}")
    link.wait("exited", generation=1)
    link.wait("empty", generation=1)
    equal(mark.alive(), [])


def a_moving_target_is_killed(link):
    """Each process forks its successor into a new session and ends: no two looks find the same ones."""
    mark = Mark(3)
    chase = ("import os,signal,sys,time\nsignal.signal(signal.SIGTERM,signal.SIG_IGN)\nend=time.monotonic()+30\n"
             "for i in range(3): os.fork()\n"
             "while time.monotonic()<end:\n if os.fork(): os._exit(0)\n os.setsid()\n time.sleep(0.0005)\n")
    link.spawn(1, [PYTHON, "-SEc", chase, mark.text])
    link.wait("exited", generation=1)
    until(lambda: len(mark.alive()) >= 2, "they run")
    equal(link.signal(1, TREE, signal.SIGKILL)[0], 0)
    link.wait("empty", generation=1)
    equal(mark.alive(), [])


def roots_are_spared_their_children(link):
    """A wrapper dies; its worker gets the signal, the worker's pool does not."""
    note = os.path.join(DIRECTORY, "pool")
    pool = 'trap "echo signalled >$1" TERM; echo up >$1; while :; do sleep 0.01; done'
    worker = 'trap "exit 5" TERM; sh -c "$2" sh "$1" & while :; do sleep 0.01; done'
    link.spawn(1, sh('sh -c "$3" sh "$1" "$2" & exit 0', note, pool, worker))
    link.wait("exited", generation=1)
    until(lambda: os.path.exists(note) and open(note, encoding="ascii").read() == "up\n", "the pool is up")
    equal(link.signal(1, ROOTS, signal.SIGTERM), (0, 1))
    link.never("empty", 0.2)
    equal(open(note, encoding="ascii").read(), "up\n", "the pool was not signalled")
    equal(link.signal(1, ROOTS, signal.SIGKILL)[0], 0)
    until(lambda: link.signal(1, TREE, signal.SIGKILL)[0] == errno.ESRCH, "all gone")
    link.wait("empty", generation=1)


def one_below_a_wrapper_is_signalled_alone(link):
    mark = Mark(5)
    spawned = link.spawn(1, sh('sleep "$1" & sleep "$1" & wait; exit 7', mark.text))
    sleepers = lambda: [p for p in mark.alive() if command_of(p).startswith(b"sleep")]
    until(lambda: len(sleepers()) == 2, "both sleep")
    first, second = sleepers()
    equal(link.signal_one(1, first, born(first) + 1, signal.SIGTERM), (errno.ESRCH, 0), "another life of that number")
    equal(link.signal_one(1, os.getpid(), born(os.getpid()), signal.SIGTERM), (errno.EXDEV, 0), "a stranger")
    equal(link.signal_one(1, INIT, born(INIT), signal.SIGTERM), (errno.EXDEV, 0), "init")
    equal(link.signal_one(1, 0, 0, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.signal_one(1, 2 ** 32 - 1, 0, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.signal_one(9, first, born(first), signal.SIGTERM), (errno.ENOENT, 0))
    equal(link.signal_one(1, first, born(first), 200, watch=True), (errno.EINVAL, 0))
    os.kill(first, signal.SIGSTOP)
    equal(link.signal_one(1, first, born(first), signal.SIGTERM, cont=True, watch=True), (0, 1))
    equal(link.wait("left", generation=1)["pid"], first)
    equal(sleepers(), [second])
    equal(link.signal_one(1, spawned["main"], born(spawned["main"]), signal.SIGCONT), (0, 1), "the main process is one as well")
    equal(link.signal_one(1, second, born(second), signal.SIGTERM), (0, 1))
    equal(link.wait("exited", generation=1)["status"], 7 << 8)
    link.wait("empty", generation=1)
    link.never("left", 0.1)
    equal(link.signal_one(1, first, 1, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.release(1), 0)


def a_watch_ends_with_its_generation(link):
    before = len(descriptors_of(INIT))
    spawned = link.spawn(1, ["/bin/sleep", "1000"])
    equal(link.signal_one(1, spawned["main"], born(spawned["main"]), signal.SIGCONT, watch=True), (0, 1))
    equal(link.signal_one(1, spawned["main"], born(spawned["main"]), signal.SIGCONT, watch=True), (0, 1))
    os.kill(spawned["shim"], signal.SIGKILL)
    link.wait("shim-lost", generation=1)
    equal(link.signal_one(1, spawned["main"], born(spawned["main"]), signal.SIGTERM, watch=True), (0, 1), "of a lost generation")
    link.wait("left", generation=1, pid=spawned["main"])
    link.wait("empty", generation=1)
    link.spawn(2, ["/bin/sleep", "1000"])
    equal(link.release(1), 0)
    link.signal(2, TREE, signal.SIGKILL)
    link.wait("empty", generation=2)
    equal(link.release(2), 0)
    until(lambda: len(descriptors_of(INIT)) == before, "nothing is left open")


def groups_are_signalled_without_their_leader(link):
    mark = Mark(4)
    link.spawn(1, sh('sleep "$1" & setsid sleep "$1" & exit 0', mark.text))
    link.wait("exited", generation=1)
    until(lambda: len([p for p in mark.alive() if command_of(p).startswith(b"sleep")]) == 2, "both sleep")
    before = mark.alive()
    equal(link.signal(1, GROUP, signal.SIGTERM), (0, 1))
    until(lambda: sum(stat_of(p) is not None for p in before) == 1, "one is left")
    equal(link.signal(1, GROUP, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.signal(1, TREE, signal.SIGTERM), (0, 1))
    link.wait("empty", generation=1)


def signals_to_the_parent_are_passed_on(link):
    spawned = link.spawn(5, sh('for s in QUIT TERM INT HUP USR1 USR2 ALRM PIPE; do kill -$s $PPID; done; exec sleep 100'))
    for number in (signal.SIGQUIT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        link.wait("received", signal=number, generation=5)
    equal(stat_of(spawned["shim"])[1], INIT, "the shim lives on")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2):
        os.kill(INIT, number)
        link.wait("received", signal=number, generation=0)


def a_killed_shim_loses_nothing(link):
    mark = Mark(5)
    spawned = link.spawn(1, sh(DAEMON + 'sleep 0.2; setsid sleep "$1" & trap "" TERM; sleep "$1"; exit 9', mark.text), title="lost")
    other = link.spawn(2, ["/bin/sleep", mark.text])
    until(lambda: len(mark.alive()) >= 6, "daemon, session and main are up")
    os.kill(spawned["shim"], signal.SIGKILL)
    link.wait("shim-lost", generation=1)
    equal(stat_of(spawned["main"])[1], INIT, "init is the parent")
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    _, snapshot = link.hello()
    equal([(g["life"], g["shim"], g["main"]) for g in snapshot if g["generation"] == 1], [(0, 0, spawned["main"])])
    os.kill(spawned["main"], signal.SIGKILL)
    equal(link.wait("exited", generation=1)["status"], signal.SIGKILL)
    link.never("empty", 0.1)
    equal(link.signal(1, MAIN, signal.SIGTERM), (errno.ESRCH, 0))
    equal(link.release(1), errno.EBUSY)
    equal(link.signal(1, TREE, signal.SIGKILL)[0], 0)
    equal(link.wait("empty", generation=1)["orphans"] > 0, True, "orphans were reaped by init")
    equal(mark.alive(), [other["main"]])
    equal(link.release(1), 0)
    link.never("reaped", 0)


def a_killed_shim_and_main_together(link):
    spawned = link.spawn(1, sh("(sleep 0.3 &) ; exec sleep 100"))
    os.kill(spawned["shim"], signal.SIGKILL)
    os.kill(spawned["main"], signal.SIGTERM)
    equal(link.wait("exited", generation=1)["status"], signal.SIGTERM)
    link.wait("empty", generation=1)


def a_new_brain_finds_everything(link):
    note = os.path.join(DIRECTORY, "first")
    if first_life(DIRECTORY):
        spawned = link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE, title="kept #1")
        gone = link.spawn(2, sh("read line; exit 4"), stdin=PIPE)
        with open(note, "w", encoding="ascii") as file:
            json.dump([spawned, gone, time.monotonic()], file)
        link.send(0x14, b"broken")  # an answer that the next brain must not get
        with open(stream_path(gone, "stdin"), "wb", buffering=0) as stdin:
            os.kill(INIT, signal.SIGTERM)  # either told to this brain, or kept
            stdin.write(b"go\n")
            os.kill(os.getpid(), signal.SIGKILL)
    spawned, gone, since = json.load(open(note, encoding="ascii"))
    generations = {g["generation"]: g for g in SNAPSHOT}
    equal(sorted(generations), [1, 2])
    for name in ("shim", "main", "started", "stdin", "stdout", "stderr"):
        equal(generations[1][name], spawned[name], name)
    equal((generations[1]["title"], generations[1]["life"]), ("kept #1", 0))
    if generations[2]["life"] < 2:
        link.wait("empty", generation=2)
    else:
        equal((generations[2]["status"], generations[2]["main"]), (4 << 8, 0))
    with open(stream_path(spawned, "stdin"), "wb", buffering=0) as stdin:
        stdin.write(b"still")
        link.never("readable", 0.05)  # not before it is asked for
        link.rearm(1, STDOUT)
        link.wait("readable", generation=1, stream=STDOUT)
    equal([r for r in link.seen if r["type"] == "result"], [], "answers to the brain before")


def memos_are_kept_for_the_next_brain(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        for key, said in (("a", "one"), ("b", "x" * 60000), ("c", "three"), ("a", "a longer one"), ("b", "2"), ("c", ""), ("d", "")):
            link.memo(key, said)
        equal(link.wait("result", id=link.memo("e", "x" * 65536))["errno"], errno.EMSGSIZE)
        for i in range(49):
            full = link.memo(f"m{i}", "x" * 65000)
        equal(link.wait("result", id=full)["errno"], errno.ENOSPC)
        for i in range(49):
            link.memo(f"m{i}", "")
        link.memo("z", "after that")
        with os.fdopen(4, "wb", closefd=False) as shelf:
            shelf.write(b"shelved")
        link.never("result", 0.05)
        os.kill(os.getpid(), signal.SIGKILL)
    equal(link.memos, {"a": "a longer one", "b": "2", "z": "after that"})
    for shelf, found in ((4, b"shelved"), (5, b"")):
        equal((os.pread(shelf, 100, 0), os.fstat(shelf).st_mode & 0o777), (found, 0o600), f"shelf {shelf}")


def a_step_is_done_whole_or_not_at_all(link):
    spawned = (0x10, spawn_payload(2, ["/bin/sleep", "100"]))
    memo = (0x50, text("a") + text("told"))
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        link.step(spawned, memo, cut=1)
        link.never("spawned", 0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    equal(([g["generation"] for g in SNAPSHOT], link.memos), ([1], {}), "after a step that was cut")
    link.step(spawned, memo)
    link.wait("spawned", generation=2)


def a_step_that_is_too_long_breaks_the_link(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        link.raw(struct.pack("<IHHII", 4, 0x51, 0, 7, (4 << 20) + 1))
        try:
            link.never("result", PATIENCE)
        except Broken:
            signal.pause()  # init ends this brain
        raise AssertionError("the link goes on")
    equal(len(SNAPSHOT), 1)


def signals_wait_for_a_brain(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        subprocess.run(sh("(sleep 0.02; kill -TERM $1) >/dev/null 2>&1 &", str(INIT)), check=True)
        os._exit(0)
    link.wait("received", signal=signal.SIGTERM, generation=0)


def a_brain_that_keeps_dying_is_slowed_down(link):
    note = os.path.join(DIRECTORY, "starts")
    with open(note, "a", encoding="ascii") as file:
        file.write(f"{born(os.getpid()) / os.sysconf('SC_CLK_TCK')}\n")  # when init forked it, however long Python took since
    starts = [float(line) for line in open(note, encoding="ascii")]
    if len(starts) == 1:
        link.spawn(1, ["/bin/sleep", "100"])
    if len(starts) < 4:
        os._exit(1)
    gaps = [b - a for a, b in zip(starts, starts[1:])]
    # Ticks of 10 ms. A life of a second, on a slow machine, is not short: what comes after it is no pause that has grown.
    equal([gaps[1] >= 0.08 or gaps[0] >= 1, gaps[2] >= 0.18 or max(gaps) >= 1], [True] * 2, f"gaps {gaps}")
    equal(len(SNAPSHOT), 1)


def orphans_of_nobody_are_reaped(link):
    script = "for i in $(seq 50); do (setsid sh -c 'exit 3' &) ; done"
    subprocess.run(sh(script), check=True)
    total = 0
    while total < 50:
        report = link.wait("reaped")
        total += report["count"]
    equal(total, 50)
    until(lambda: children_of(INIT) == 1, "only the brain is left")


def broken_frames_are_answered(link):
    for kind in (0x01, 0x10, 0x11, 0x12, 0x13, 0x14, 0x20, 0x21, 0x30, 0x31, 0x32, 0x33):
        equal(link.wait("result", id=link.send(kind, b"\1"))["errno"], errno.EBADMSG, f"type {kind}")
    equal(link.wait("result", id=link.send(0x77))["errno"], errno.ENOSYS)
    link.spawn(1, ["/bin/true"])
    big = link.send(0x14, b"x" * (1 << 20))
    equal(link.wait("result", id=big)["errno"], errno.EBADMSG)


def a_frame_too_long_ends_the_link(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        link.raw(b"\1\0\x10\0" + b"\0" * 8)
        try:
            link.never("result", PATIENCE)
        except Broken:
            signal.pause()  # init ends this brain
        raise AssertionError("the link goes on")
    equal(len(SNAPSHOT), 1)


def a_brain_that_does_not_read_is_replaced(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/sleep", "100"])
        frame = b"\0\0\0\0\x77\0\0\0\1\0\0\0" * 4096
        while True:
            try:
                link.raw(frame)
            except OSError:
                signal.pause()
    equal(len(SNAPSHOT), 1)


def become_takes_the_identity(link):
    if first_life(DIRECTORY):
        link.spawn(1, ["/bin/true"])
        link.wait("empty", generation=1)
        equal(link.become(who=(NOBODY, NOBODY, [NOBODY])), errno.EBUSY)
        equal(link.release(1), 0)
        equal(link.become(who=(2 ** 32 - 1, 0, [])), errno.EINVAL)
        os.chmod(DIRECTORY, 0o777)
        link.become(who=(NOBODY, NOBODY, [NOBODY, 44]))
        raise AssertionError("still there")
    equal((os.getresuid(), os.getresgid(), sorted(os.getgroups())), ((NOBODY,) * 3, (NOBODY,) * 3, [44, NOBODY]))
    equal(GREETING["facts"] & 4, 4, "the greeting tells it")
    spawned = link.spawn(1, ["/bin/echo", "hi"], stdout=PIPE)
    equal(read_all(spawned), b"hi\n")
    equal(link.spawn_fails(2, ["/bin/true"], who=(0, 0, [])), (STAGE["groups"], errno.EPERM))
    resource.prlimit(INIT, resource.RLIMIT_NPROC, (1, 1))
    equal(link.spawn_fails(2, ["/bin/true"]), (STAGE["shim"], errno.EAGAIN))


def many_start_at_once(link):
    before = len(descriptors_of(INIT))
    for i in range(1, 301):
        link.send(0x10, spawn_payload(i, ["/bin/sleep", "100"], stdout=PIPE, stderr=PIPE, env=["X=" + "y" * 2000]))
    for i in range(1, 301):
        link.wait("spawned", generation=i)
    until(lambda: len(descriptors_of(INIT)) == before + 900, "three descriptors of each are open")
    for i in range(1, 301):
        equal(link.signal(i, TREE, signal.SIGKILL), (0, 1))
    for i in range(1, 301):
        link.wait("empty", generation=i)
        equal(link.release(i), 0)
    until(lambda: len(descriptors_of(INIT)) == before, "all descriptors are closed")
    until(lambda: children_of(INIT) == 1, "all shims are gone")


def nobody_speaks_before_hello(link):
    """Run without the greeting of the others."""
    equal(link.wait("result", id=link.send(0x14, b"\1\0\0\0"))["errno"], errno.EPROTO)
    link.hello()


SCENARIOS = scenarios_of(globals())

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:3]

    def greeted(link):
        global GREETING, SNAPSHOT
        if NAME != "nobody_speaks_before_hello":
            GREETING, SNAPSHOT = link.hello()
        SCENARIOS[NAME](link)

    play(NAME, greeted)
