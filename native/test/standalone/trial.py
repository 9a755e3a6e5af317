"""What a test stands on: the binary under each name, processes that are ended after it, and waiting for what is to happen."""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60  # seconds until what is waited for counts as not happening
HERE = os.path.dirname(os.path.abspath(__file__))
PRINTER = [sys.executable, os.path.join(HERE, "prints_signals.py")]
POLITE = [sys.executable, os.path.join(HERE, "says_bye.py")]
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("TINI_", "DUMB_INIT_"))}


PR_SET_CHILD_SUBREAPER = 36
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("cannot become a child subreaper")


class Skip(Exception):
    """The machine does not allow what the test needs."""


class Trial:
    """One test's directory and processes."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="legato-standalone-")
        self.processes = []
        self.terminals = []
        for name in ("tini", "tini-static", "docker-init", "dumb-init", "legato-init"):
            os.symlink(os.environ["LEGATO_INIT"], self.path(name))

    def path(self, name):
        return os.path.join(self.directory, name)

    def script(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)
        return self.path(name)

    def start(self, name, *arguments, env=None, **options):
        """Starts the binary as NAME in a session of its own, away from the terminal of whoever runs the tests."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        command = name if isinstance(name, list) else [self.path(name)]
        process = subprocess.Popen(command + list(arguments), env={**CLEAN, **(env or {})}, start_new_session=True, **options)
        self.processes.append(process)
        return process

    def run(self, name, *arguments, **options):
        """Answers (exit code, standard output, standard error)."""
        process = self.start(name, *arguments, **options)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode(), err.decode()

    def close(self):
        """Ends whatever was started: orphans have come to us, so that all of it is below this process."""
        while left := descendants(os.getpid()):
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            for process in self.processes:
                process.wait()
            while children(os.getpid()):
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    break
        for process in self.processes:
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        for fd in self.terminals:
            os.close(fd)
        shutil.rmtree(self.directory)


def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def descendants(pid):
    found = children(pid)
    for child in found:
        found = found + descendants(child)
    return found


def status(pid, field):
    """One line of /proc/PID/status; '' when the process is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def state(pid):
    return status(pid, "State")[:1]


def runs(pid):
    return state(pid) not in ("", "Z", "X")


def until(condition, what):
    """Waits until CONDITION holds and answers its value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise AssertionError(f"never came: {what}")


def line(process):
    """The next line of its standard output, unbuffered so that poll(2) tells the truth."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        assert ready, f"no line, only {text!r}"
        byte = os.read(process.stdout.fileno(), 1)
        if not byte:
            break
        text += byte
    return text.decode().rstrip("\n")


def equal(got, wanted):
    assert got == wanted, f"got {got!r}, wanted {wanted!r}"


def contains(text, part):
    assert part in text, f"{part!r} is not in {text!r}"


def run_all(modules, words):
    passed = failed = 0
    for module in modules:
        for name, test in vars(module).items():
            if not name.startswith("test_") or (words and not any(word in name for word in words)):
                continue
            title = f"{module.__name__}: {name[5:].replace('_', ' ')}"
            trial = Trial()
            try:
                test(trial)
                print(f"ok      {title}")
                passed += 1
            except Skip as reason:
                print(f"skipped {title}: {reason}")
            except Exception as error:  # whatever it is, it is this test's failure
                print(f"FAILED  {title}: {type(error).__name__}: {error}")
                failed += 1
            finally:
                trial.close()
            sys.stdout.flush()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
