"""legato-init's brain mode, end to end: brain_mode.py INIT. Every scenario of scenarios.py, handover_scenarios.py, logger_scenarios.py, upgrade_scenarios.py and watchdog_scenarios.py runs once as a child subreaper and
once as PID 1 of a namespace (those of the last, which take seconds, only the one way); what can only be seen from outside (init's own end) is tested here. One line per test."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import handover_scenarios
import scenarios
import logger_scenarios
import upgrade_scenarios
import watchdog_scenarios
from play import HELD
from process_table import equal, marked, stat_of, until

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
LIMIT = 120.0
INIT = os.path.abspath(sys.argv[1])
NAMESPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]


def start(command, namespace=False, **options):
    return subprocess.Popen([*(NAMESPACE if namespace else []), INIT, "--brain", "--", *command], **options)


def finish(process):
    try:
        return process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError("it does not end") from None


def exit_code(command, **options):
    return finish(start(command, stderr=subprocess.DEVNULL, **options))


def brain(directory, body):
    """The command of a brain that says hello and then runs `body`."""
    path = os.path.join(directory, "brain.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"import os, signal, subprocess, sys, time\nsys.path.insert(0, {HERE!r})\nfrom fake_brain import *\n"
                   f"link = Link()\nGREETING, SNAPSHOT = link.hello()\nDIRECTORY = {directory!r}\n" + body)
    return [PYTHON, path]


def scenario(module, name, namespace):
    def run(directory):
        command = [PYTHON, module.__file__, name, directory]
        process = start(command, namespace, stderr=subprocess.PIPE, text=True)
        try:
            _, said = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError("it does not end") from None
        if process.returncode != HELD:
            raise AssertionError(f"code {process.returncode}\n{said}")
    return run


def a_brain_that_never_greets_gives_its_code(directory):
    equal(exit_code(["/bin/sh", "-c", "exit 7"]), 7)
    equal(exit_code(["/bin/sh", "-c", "exit 0"]), 0)
    equal(exit_code(["/bin/sh", "-c", "kill -KILL $$"]), 137)
    equal(exit_code(["/nonexistent"]), 127)
    equal(exit_code(["/etc/passwd"]), 126)
    equal(exit_code(["sh", "-c", "exit 8"]), 8, "found by PATH")
    equal(subprocess.run([INIT, "--brain", "/usr/bin/supervisord", "--", "/bin/sh", "-c", "exit 9"], check=False).returncode, 9, "called by a name")
    equal(subprocess.run([INIT, "--brain", "/usr/bin/supervisord", "/bin/sh"], stderr=subprocess.DEVNULL, check=False).returncode, 64)
    equal(subprocess.run([INIT, "--brain"], stderr=subprocess.DEVNULL, check=False).returncode, 64)


def lives(directory, *bodies):
    """The command of a brain of as many lives, each with its own body, which says hello itself."""
    path = os.path.join(directory, "lives.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"import os, signal, sys\nsys.path.insert(0, {HERE!r})\nfrom fake_brain import *\n"
                   f"life = os.path.join({directory!r}, 'life')\nopen(life, 'a').write('x')\nexec({bodies!r}[os.path.getsize(life) - 1])\n")
    return [PYTHON, path]


KILLED = "link = Link()\nlink.hello()\nlink.settled()\nos.kill(os.getpid(), signal.SIGKILL)\n"
WELL = "link = Link()\nlink.hello()\nlink.shutdown(5, 0)\nsignal.pause()\n"


def a_later_brain_that_never_greets_is_tried_again(directory):
    equal(exit_code(lives(directory, KILLED, "os._exit(9)", "os.kill(os.getpid(), signal.SIGKILL)", WELL)), 5)


def a_later_brain_that_never_greets_is_not_waited_for_when_it_is_to_end(directory):
    process = start(lives(directory, KILLED, "print('up', flush=True)\nsignal.pause()\n"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    process.stdout.readline()
    process.terminate()
    until(lambda: not pending(process.pid), "read by init")
    os.kill(child_of(process.pid), signal.SIGKILL)
    equal(finish(process), 137)
    process.stdout.close()


def nobody_need_read_what_it_complains_of(directory):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x"):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)
    equal(finish(start(lives(directory, KILLED, "os.write(2, b'last words')\nos._exit(9)", WELL), stderr=writer)), 5)
    os.close(reader)
    os.close(writer)


def a_brain_inherits_no_more_than_its_link(directory):
    with open("/dev/null", encoding="ascii") as other:
        process = start(["/bin/sh", "-c", "ls /proc/self/fd | tr '\\n' ' '; ps -o sid= -p $$; echo $$"], pass_fds=[other.fileno()],
                        stdout=subprocess.PIPE, text=True)
        lines = process.communicate(timeout=LIMIT)[0].split()
    equal(lines[:8], [str(fd) for fd in range(8)], "descriptors: the link, two shelves, init's standard error and the listing's own")
    equal(lines[8], lines[9], "leads its session")


def another_version_is_refused(directory):
    path = brain(directory, "")[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"import sys\nsys.path.insert(0, {HERE!r})\nfrom fake_brain import *\nlink = Link()\n"
                   "assert link.hello(version=VERSION + 1)[0]['version'] == VERSION\ntry:\n  link.receive(20)\nexcept Broken:\n  sys.exit(9)\n")
    equal(exit_code([PYTHON, path]), 9)


def an_empty_shutdown_takes_no_time(directory, namespace=False):
    body = "print(time.monotonic(), flush=True)\nlink.shutdown(5, 10000)\nos._exit(0)\n"
    process = start(brain(directory, body), namespace, stdout=subprocess.PIPE, text=True)
    since = float(process.stdout.readline())
    equal(finish(process), 5)
    took = time.monotonic() - since
    process.stdout.close()
    if took > 9:  # and not the grace of ten seconds, however slow the machine
        raise AssertionError(f"took {took:.3f} s")


def an_empty_shutdown_takes_no_time_as_pid_1(directory):
    an_empty_shutdown_takes_no_time(directory, True)


# One that says goodbye in its own time, one that must be killed; both daemons.
LEAVE_TWO = """
note = os.path.join(DIRECTORY, 'goodbye')
link.spawn(1, ['/bin/sh', '-c', "(setsid sh -c 'trap \\"sleep 0.1; echo bye >$1; exit\\" TERM; echo up >$1; while :; do sleep 0.01; done' "
               "sh $1 &); (setsid sh -c 'trap \\"\\" TERM; echo deaf >$1.deaf; while :; do sleep 0.01; done' sh $1 &)", 'sh', note])
link.wait('exited', generation=1)
while not all(os.path.exists(n) and open(n).read() for n in (note, note + '.deaf')): time.sleep(0.002)
"""


def shutdown_gives_term_then_kill(directory, namespace=False):
    since = time.monotonic()
    process = start(brain(directory, LEAVE_TWO + "link.shutdown(6, 5000)\nos._exit(0)\n"), namespace)
    equal(finish(process), 6)
    took = time.monotonic() - since
    note = os.path.join(directory, "goodbye")
    equal(open(note, encoding="ascii").read(), "bye\n")
    equal(marked(note), [], "processes left")
    if not 5 <= took < 60:
        raise AssertionError(f"took {took:.3f} s with a grace of 5 s")


def shutdown_gives_term_then_kill_as_pid_1(directory):
    shutdown_gives_term_then_kill(directory, True)


def shutdown_leaves_no_names(directory):
    names = [os.path.join(directory, name) for name in ("held", "word")]
    process = start(brain(directory, f"link.listening(1, UNIX, {names[0]!r})\nlink.spawn(1, ['/bin/sleep', '100'], notify={names[1]!r})\n"
                          f"found = all(map(os.path.exists, {names!r}))\nlink.shutdown(3 if found else 1, 1000)\nos._exit(0)\n"))
    equal(finish(process), 3)
    equal([name for name in names if os.path.exists(name)], [])


def shutdown_ends_early(directory):
    process = start(brain(directory, "link.spawn(1, ['/bin/sleep', '100'])\nlink.shutdown(3, 30000)\nsignal.pause()\n"))
    since = time.monotonic()
    equal(finish(process), 3)
    if time.monotonic() - since > 28:
        raise AssertionError("the whole grace was taken")


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return next(iter(map(int, file.read().split())), 0)


def strangers_get_term_and_are_ended(directory):
    """Like `docker exec`: entered from outside, parent 0; one is a daemon that leaves an orphan behind."""
    note, go = os.path.join(directory, "stranger"), os.path.join(directory, "go")
    os.mkfifo(go)
    process = start(brain(directory, "open(os.path.join(DIRECTORY, 'greeted'), 'w').close()\nopen(os.path.join(DIRECTORY, 'go')).read()\nreport = link.wait('reaped')\n"
                          "link.shutdown(4 if report['status'] == 7 << 8 else 1, 2000)\nos._exit(0)\n"), True)
    until(lambda: os.path.exists(os.path.join(directory, "greeted")), "a brain that hears of every orphan")
    enter = ["nsenter", "-t", str(child_of(process.pid)), "-p", "-m", "/bin/sh", "-c"]
    subprocess.run([*enter, "(setsid sh -c 'sleep 0.05; exit 7' &)"], check=True)
    polite = subprocess.Popen([*enter, 'trap "echo bye >$0; exit 11" TERM; echo up >$0; while :; do sleep 0.01; done', note])
    until(lambda: os.path.exists(note) and open(note, encoding="ascii").read() == "up\n", "the stranger is up")
    with open(go, "w", encoding="ascii"):
        pass
    equal(finish(process), 4)
    polite.wait(LIMIT)
    equal(open(note, encoding="ascii").read(), "bye\n")


def services_do_not_outlive_a_killed_init(directory):
    mark = f"100006.{os.getpid()}"
    body = f"link.spawn(1, ['/bin/sh', '-c', '(setsid sleep {mark} &) ; sleep {mark}'])\nprint('up', flush=True)\nsignal.pause()\n"
    process = start(brain(directory, body), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    until(lambda: len(marked(mark)) >= 2, "up")
    process.kill()
    finish(process)
    process.stdout.close()
    until(lambda: not marked(mark), "all are gone")
    until(lambda: not marked(directory), "the brain is gone")


def become_goes_to_the_background(directory):
    body = """
if not GREETING['facts'] & 4:
    print('before', flush=True)
    link.become(detach=True, who=(65534, 65534, [65534]) if os.getuid() == 0 else None, umask=0o27)
parent = os.getppid()
print('not read', flush=True)
link.settled()
spawned = link.spawn(1, ['/bin/sh', '-c', 'umask; id -u; ls -l /proc/$PPID/fd/0'], stdout=PIPE)
with open(f'/proc/{parent}/fd/{spawned["stdout"]}') as file: said = file.read()
with open(os.path.join(DIRECTORY, 'found.new'), 'w') as file: file.write(f'{parent} {os.getsid(parent)}\\n{said}')
os.rename(os.path.join(DIRECTORY, 'found.new'), os.path.join(DIRECTORY, 'found'))
link.wait('received', signal=15)
link.shutdown(0, 0)
signal.pause()
"""
    os.chmod(directory, 0o777)
    process = start(brain(directory, body), stdout=subprocess.PIPE, text=True)
    equal(finish(process), 0)
    equal(process.stdout.read(), "before\n", "nothing more is written, and nobody holds the pipe")
    process.stdout.close()
    found = os.path.join(directory, "found")
    until(lambda: os.path.exists(found), "the new brain has looked around")
    place, *said = open(found, encoding="ascii").read().splitlines()
    init, session = map(int, place.split())
    equal((init != process.pid, init), (True, session))
    equal(said[0], "0027", "umask")
    equal(int(said[1]), 65534 if os.getuid() == 0 else os.getuid(), "user")
    equal(said[2].endswith("/dev/null"), True, said[2])
    os.kill(init, signal.SIGTERM)
    until(lambda: (stat_of(init) or "Z")[0] == "Z", "init ends")


def who_goes_to_the_background_ends_with_what_becomes_of_it(directory):
    body = "if not GREETING['facts'] & 4:\n  link.become(detach=True)\nos.write(2, b'why')\nlink.shutdown(9, 0)\nsignal.pause()\n"
    process = start(brain(directory, body), stderr=subprocess.PIPE, text=True)
    equal((finish(process), process.stderr.read()), (9, "why"))
    process.stderr.close()


def a_first_brain_that_ends_before_it_serves_ends_init(directory):
    process = start(brain(directory, "os.write(2, b'why')\nos._exit(1)\n"), stderr=subprocess.PIPE, text=True)
    equal((finish(process), process.stderr.read()), (70, "why"))
    process.stderr.close()


def a_first_brain_that_is_killed_before_it_serves_is_followed_by_another(directory):
    equal(exit_code(lives(directory, "link = Link()\nlink.hello()\nos.kill(os.getpid(), signal.SIGKILL)\n", WELL)), 5)


def a_brain_may_end_right_after_become(directory):
    body = ("if not GREETING['facts'] & 4:\n  link.send(0x20, b'\\0' + identity(None) + b'\\0' * 4)\n  os._exit(3)\n"
            "link.shutdown(12, 0)\nsignal.pause()\n")
    equal(exit_code(brain(directory, body)), 12)


def pid_1_does_not_detach(directory):
    equal(exit_code(brain(directory, "link.shutdown(20 + link.become(detach=True), 0)\nsignal.pause()\n"), namespace=True), 21)


def a_second_term_ends_a_brain_that_does_not_come_up(directory):
    process = start([PYTHON, "-SEc", "import signal; print('up', flush=True); signal.pause()"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.terminate()
    until(lambda: "SigPnd" in open(f"/proc/{process.pid}/status", encoding="ascii").read() and not pending(process.pid), "read by init")
    process.terminate()
    equal(finish(process), 143)
    process.stdout.close()


def pending(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return any(int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd")))


def an_idle_init_does_not_wake(directory):
    process = start(brain(directory, "link.spawn(1, ['/bin/sleep', '100'])\nprint('up', flush=True)\n"
                          "link.wait('received', signal=15)\nlink.shutdown(0, 0)\nsignal.pause()\n"), stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    until(lambda: stat_of(process.pid)[0] == "S", "asleep")
    before = switches(process.pid)
    time.sleep(0.5)  # the span that is measured
    equal(switches(process.pid), before, "context switches")
    process.terminate()
    equal(finish(process), 0)
    process.stdout.close()


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return [line for line in file if "ctxt_switches" in line]


OUTSIDE = [
    a_brain_that_never_greets_gives_its_code, a_later_brain_that_never_greets_is_tried_again,
    a_later_brain_that_never_greets_is_not_waited_for_when_it_is_to_end, nobody_need_read_what_it_complains_of, a_brain_inherits_no_more_than_its_link, another_version_is_refused,
    an_empty_shutdown_takes_no_time, an_empty_shutdown_takes_no_time_as_pid_1, shutdown_gives_term_then_kill,
    shutdown_gives_term_then_kill_as_pid_1, shutdown_ends_early, shutdown_leaves_no_names, strangers_get_term_and_are_ended, services_do_not_outlive_a_killed_init,
    become_goes_to_the_background, who_goes_to_the_background_ends_with_what_becomes_of_it, a_first_brain_that_ends_before_it_serves_ends_init,
    a_first_brain_that_is_killed_before_it_serves_is_followed_by_another, a_brain_may_end_right_after_become, pid_1_does_not_detach, a_second_term_ends_a_brain_that_does_not_come_up, an_idle_init_does_not_wake,
]


def main():
    tests = [(f.__name__, f) for f in OUTSIDE]
    for module in (scenarios, handover_scenarios, logger_scenarios, upgrade_scenarios):
        for name in module.SCENARIOS:
            tests += [(name, scenario(module, name, False)), (f"{name}, as PID 1", scenario(module, name, True))]
    tests += [(name, scenario(watchdog_scenarios, name, False)) for name in watchdog_scenarios.SCENARIOS]
    wanted = sys.argv[2:]
    passed = failed = 0
    for name, test in tests:
        if wanted and not any(w in name for w in wanted):
            continue
        with tempfile.TemporaryDirectory(prefix="legato-", ignore_cleanup_errors=True) as directory:
            os.chmod(directory, 0o755)
            try:
                test(directory)
                passed += 1
                print(f"ok init: {name.replace('_', ' ')}", flush=True)
            except (AssertionError, OSError, subprocess.SubprocessError, ValueError) as problem:
                failed += 1
                print(f"FAILED init: {name.replace('_', ' ')}: {problem}", flush=True)
    print(f"init: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
