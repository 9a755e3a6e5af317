"""What init and its loggers must do with output; run as the brain: legato-init --brain -- python3 logger_scenarios.py NAME DIRECTORY."""

import errno
import os
import signal
import struct
import sys

from fake_brain import PIPE, STDERR, STDOUT, TREE
from play import play, scenarios_of
from process_table import command_of, descriptors_of, equal, until

INIT = os.getppid()
PYTHON = "/usr/bin/python3"
# Writes numbered lines for ever; with an argument: so many, and ends.
LINES = ["-SEc", "import sys\nn = int(sys.argv[1]); i = 0\nwhile i != n: sys.stdout.write(f'{i}\\n'); i += 1"]


def lines(count=-1):
    return [PYTHON, *LINES, str(count)]


def sh(script, *arguments):
    return ["/bin/sh", "-c", script, "sh", *arguments]


def path(name):
    return os.path.join(DIRECTORY, name)


def content(name):
    with open(path(name), "rb") as file:
        return file.read()


def loggers():
    with open(f"/proc/{INIT}/task/{INIT}/children", encoding="ascii") as file:
        return [pid for pid in map(int, file.read().split()) if command_of(pid).startswith(b"legato: logger")]


def size(name):
    return os.stat(path(name)).st_size


def numbers_in(*names):
    return list(map(int, b"".join(map(content, names)).split()))


def forget_readable(link):
    """What was told before a stream was poured."""
    link.seen = [report for report in link.seen if report["type"] != "readable"]


def what_waits_is_written_when_it_is_answered(link):
    file, _ = link.log(1, 1, path("a"))
    link.spawn(1, sh("echo out; read x"), stdin=PIPE, stdout=PIPE)
    link.wait("readable", generation=1)
    equal(link.pour(1, STDOUT, 1), 0)
    equal(content("a"), b"out\n")
    file.close()


def a_stream_goes_into_a_file(link):
    file, error = link.log(1, 1, path("a"))
    equal(error, 0)
    link.spawn(1, sh("echo out; echo err >&2; read x; echo last"), stdin=PIPE, stdout=PIPE, stderr=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    forget_readable(link)
    until(lambda: content("a") == b"out\n", "it is written")
    equal(link.pour(1, STDERR, 1), 0)
    forget_readable(link)
    until(lambda: content("a") == b"out\nerr\n", "two streams may go into one file")
    link.close_stream(1, 0)
    equal(link.wait("exited", generation=1)["unread"], 0)
    equal(content("a"), b"out\nerr\nlast\n", "the last line is there when the end is told")
    link.wait("empty", generation=1)
    equal(link.release(1), 0)
    link.never("readable", 0.05)
    file.close()


def only_the_file_that_was_meant_is_taken(link):
    with open(path("a"), "ab") as file:
        stat = os.fstat(file.fileno())
        layout = "<IIBiQQQ"
        wrong = struct.pack(layout, 1, 1, 0, file.fileno(), stat.st_dev, stat.st_ino + 1, 0)
        equal(link.wait("result", id=link.send(0x64, wrong))["errno"], errno.ESTALE)
        closed = struct.pack(layout, 1, 1, 0, 999, stat.st_dev, stat.st_ino, 0)
        equal(link.wait("result", id=link.send(0x64, closed))["errno"], errno.ENOENT)
        far = struct.pack(layout, 1, 1, 8, file.fileno(), stat.st_dev, stat.st_ino, 0)
        equal(link.wait("result", id=link.send(0x64, far))["errno"], errno.EINVAL)
    link.spawn(1, ["/bin/sleep", "100"], stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), errno.ENOENT, "no such log")
    equal(link.pour(1, STDERR, 1), errno.ENOENT, "no such stream")
    equal(link.pour(2, STDOUT, 1), errno.ENOENT, "no such generation")
    equal(link.pour(1, STDOUT, 1, logger=3), errno.ESRCH, "no such logger")
    equal(link.give_back(1, STDOUT), errno.ENOENT)


def what_is_not_poured_is_told_at_the_end(link):
    link.spawn(1, sh("echo out; echo err >&2"), stdout=PIPE, stderr=PIPE)
    equal(link.wait("exited", generation=1)["unread"], 3)
    equal(link.wait("empty", generation=1)["unread"], 3)
    link.spawn(2, ["/bin/true"], stdout=PIPE, stderr=PIPE)
    equal(link.wait("exited", generation=2)["unread"], 0)


def a_full_file_ends_with_a_line_and_the_next_goes_on(link):
    files = [link.log(1, 1, path("0"), 1000)[0]]
    link.spawn(1, lines(), stdout=PIPE)
    # It is answered when the pipe is empty, which it never is while a full file waits.
    request = link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
    for turn in range(1, 50):
        equal(link.wait("log-full")["turn"], turn)
        text = content(str(turn - 1))
        equal((text[-1:], 990 < len(text) <= 1000), (b"\n", True), f"file {turn - 1} of {len(text)} bytes")
        files.append(link.log(1, turn + 1, path(str(turn)), 1000 if turn < 49 else 0)[0])
    equal(link.wait("result", id=request)["errno"], 0)
    equal(link.signal(1, TREE, signal.SIGKILL), (0, 1))
    link.wait("empty", generation=1)
    found = numbers_in(*map(str, range(50)))
    if found[-1] != len(found) - 1:
        found.pop()  # a line that its writer never ended
    equal(found, list(range(len(found))), "lines")


def a_full_file_grows_when_nobody_answers(link):
    file, _ = link.log(1, 1, path("a"), 100)
    link.spawn(1, lines(), stdout=PIPE)
    link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
    link.wait("log-full", log=1)
    until(lambda: size("a") > 100000, "it has grown")
    link.never("log-full", 0)
    file.close()


def one_that_has_grown_ends_with_a_line_whenever_the_next_comes(link):
    file, _ = link.log(1, 1, path("a"), 100)
    spawned = link.spawn(1, sh("read x; printf 'a line'; read x; printf ' in two\\nnext'; read x"), stdin=PIPE, stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    with open(f"/proc/{INIT}/fd/{spawned['stdin']}", "wb", 0) as stdin:
        with open(path("a"), "ab") as other:
            other.write(b"x" * 99 + b"\n")
        stdin.write(b"\n")
        link.wait("log-full", log=1)
        until(lambda: content("a").endswith(b"a line"), "it has grown")
        following, error = link.log(1, 2, path("b"), 100)
        equal(error, 0)
        stdin.write(b"\n")
        until(lambda: size("b") > 0, "the next one has begun")
    equal(content("a").endswith(b"\na line in two\n"), True, "the line is whole")
    equal(content("b"), b"next")
    file.close()
    following.close()


def one_twice_too_large_ends_with_a_line(link):
    with open(path("a"), "wb") as before:
        before.write(b"x" * 250 + b"\nhalf")
    file, _ = link.log(1, 1, path("a"), 100)
    link.spawn(1, sh("printf ' a line\\nnext\\n'; read x"), stdin=PIPE, stdout=PIPE)
    link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
    link.wait("log-full", log=1)
    equal(content("a").endswith(b"\nhalf a line\n"), True, "the line is whole")
    file.close()


def a_stream_comes_back(link):
    file, _ = link.log(1, 1, path("a"))
    spawned = link.spawn(1, sh("echo one; read x; echo two; read x"), stdin=PIPE, stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    until(lambda: content("a") == b"one\n", "it is written")
    forget_readable(link)
    equal(link.give_back(1, STDOUT), 0)
    with open(f"/proc/{INIT}/fd/{spawned['stdin']}", "wb") as stdin:
        stdin.write(b"\n")
    link.rearm(1, STDOUT)
    link.wait("readable", generation=1)
    equal(content("a"), b"one\n")
    fd = os.open(f"/proc/{INIT}/fd/{spawned['stdout']}", os.O_RDONLY | os.O_NONBLOCK)
    equal(os.read(fd, 100), b"two\n")
    os.close(fd)
    equal(link.pour(1, STDOUT, 1), 0, "and goes again")
    file.close()


def a_chatty_stream_is_whole(link):
    file, _ = link.log(1, 1, path("a"))
    link.spawn(1, lines(300000), stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    link.wait("exited", generation=1)
    equal(numbers_in("a") == list(range(300000)), True, "all lines, in their order")
    file.close()


def several_loggers_do_not_mix(link):
    one, _ = link.log(1, 1, path("a"), logger=0)
    other, _ = link.log(2, 1, path("b"), logger=7)
    equal(len(loggers()), 2)
    link.spawn(1, sh("echo out; echo err >&2; read x"), stdin=PIPE, stdout=PIPE, stderr=PIPE)
    equal(link.pour(1, STDOUT, 1, logger=0), 0)
    equal(link.pour(1, STDERR, 2, logger=7), 0)
    equal(link.pour(1, STDERR, 1, logger=0), errno.EBUSY, "two must not read one pipe")
    until(lambda: (content("a"), content("b")) == (b"out\n", b"err\n"), "both are written")
    link.close_stream(1, 0)
    link.wait("exited", generation=1)
    one.close()
    other.close()


def a_killed_logger_is_told_and_has_a_successor(link):
    file, _ = link.log(1, 1, path("a"))
    link.spawn(1, lines(), stdout=PIPE)
    link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
    until(lambda: size("a") > 10000, "it writes")
    os.kill(loggers()[0], signal.SIGKILL)
    equal(link.wait("logger-lost")["logger"], 0)
    equal(link.pour(1, STDOUT, 1), errno.ESRCH)
    before = size("a")
    again, error = link.log(2, 1, path("a"))
    equal(error, 0)
    link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 2))
    until(lambda: size("a") > before, "the next one goes on")
    equal(link.signal(1, TREE, signal.SIGKILL), (0, 1))
    link.wait("empty", generation=1)
    file.close()
    again.close()


def a_blocked_disk_holds_the_end_up_for_a_moment_only(link):
    file, _ = link.log(1, 1, path("a"))
    link.spawn(1, sh("read x; echo last"), stdin=PIPE, stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    os.kill(loggers()[0], signal.SIGSTOP)
    link.close_stream(1, 0)
    link.never("exited", 0.3, generation=1)
    link.wait("exited", generation=1)
    link.wait("empty", generation=1)
    equal(content("a"), b"")
    equal(link.release(1), 0)
    os.kill(loggers()[0], signal.SIGCONT)
    until(lambda: content("a") == b"last\n", "it is written all the same")
    file.close()


def trouble_is_told_and_ends(link):
    import resource
    link.log(1, 1, path("a"))
    link.spawn(1, sh("while read x; do echo $x; done"), stdin=PIPE, stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    resource.prlimit(loggers()[0], resource.RLIMIT_FSIZE, (5, resource.RLIM_INFINITY))
    with open(f"/proc/{INIT}/fd/{link_stdin(link, 1)}", "wb", buffering=0) as stdin:
        stdin.write(b"abcdefgh\n")
        found = link.wait("log-trouble", log=1)
        equal((found["errno"], found["lost"]), (errno.EFBIG, 4))
        resource.prlimit(loggers()[0], resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        stdin.write(b"ij\n")
        found = link.wait("log-trouble", log=1, errno=0)
        equal(found["lost"], 4)
    until(lambda: content("a") == b"abcdeij\n", "it goes on")


def link_stdin(link, generation):
    """init's descriptor of a generation's stdin: the pipe whose other end is the main process' fd 0."""
    with open(f"/proc/{INIT}/task/{INIT}/children", encoding="ascii") as file:
        shims = [pid for pid in map(int, file.read().split()) if command_of(pid).startswith(b"legato: test")]
    with open(f"/proc/{shims[0]}/task/{shims[0]}/children", encoding="ascii") as file:
        main = int(file.read().split()[0])
    pipe = os.readlink(f"/proc/{main}/fd/0")
    return next(fd for fd, target in descriptors_of(INIT).items() if target == pipe)


def a_dead_brain_is_not_missed(link):
    if not SNAPSHOT:
        link.log(1, 1, path("a"))
        link.spawn(1, lines(), stdout=PIPE)
        link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
        until(lambda: size("a") > 10000, "it writes")
        with open(path("size"), "w", encoding="ascii") as file:
            file.write(str(size("a")))
        os.kill(os.getpid(), signal.SIGKILL)
    equal([g["poured"] for g in SNAPSHOT], [1])
    before = int(content("size"))
    until(lambda: size("a") > before + 100000, "it goes on into the file that it has")
    os.rename(path("a"), path("a.1"))
    file, error = link.log(1, 1, path("a"))
    equal(error, 0)
    link.send(0x65, struct.pack("<IBBI", 1, STDOUT, 0, 1))
    until(lambda: size("a") > 10000, "the new brain's file has the rest")
    equal(link.signal(1, TREE, signal.SIGKILL), (0, 1))
    link.wait("empty", generation=1)
    found = numbers_in("a.1", "a")
    if found[-1] != len(found) - 1:
        found.pop()
    equal(found == list(range(len(found))), True, "lines")
    file.close()


def loggers_end_with_init(link):
    """And nothing of what a stranger holds keeps them."""
    link.log(1, 1, path("a"))
    link.spawn(1, sh("(setsid sleep 100 &); echo x"), stdout=PIPE)
    equal(link.pour(1, STDOUT, 1), 0)
    link.wait("exited", generation=1)
    equal(link.signal(1, TREE, signal.SIGKILL)[0], 0)
    link.wait("empty", generation=1)
    equal(link.release(1), 0)


SCENARIOS = scenarios_of(globals())
for no_scenario in (link_stdin, forget_readable):
    SCENARIOS.pop(no_scenario.__name__)

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:3]

    def greeted(link):
        global GREETING, SNAPSHOT
        GREETING, SNAPSHOT = link.hello()
        SCENARIOS[NAME](link)

    play(NAME, greeted)
