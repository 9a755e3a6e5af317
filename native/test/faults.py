"""legato-init when the kernel refuses: faults.py INIT LIBRARY. Every scenario of fault_scenarios.py runs once. One line per test."""

import errno
import os
import subprocess
import sys
import tempfile

import fault_scenarios
from fault_scenarios import FAULT
from play import HELD

INIT, LIBRARY = map(os.path.abspath, sys.argv[1:3])
LIMIT = 120.0


def environment_with(directory, *fault):
    path = os.path.join(directory, "faults")
    with open(path, "wb") as file:
        file.write(FAULT.pack(*fault))
    return {**os.environ, "LD_PRELOAD": LIBRARY, "LEGATO_FAULTS": path}


def run(name, directory):
    environment = environment_with(directory, b"", 0, 0, 0)
    command = [INIT, "--brain", "--", "/usr/bin/python3", fault_scenarios.__file__, name, directory]
    try:
        ended = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return "it does not end"
    return None if ended.returncode == HELD else f"code {ended.returncode}\n{ended.stderr}"


def begins_without_files_in_memory(directory):
    environment = environment_with(directory, b"memfd_create", errno.ENOSYS, 0, 100)
    ended = subprocess.run([INIT, "--brain", "--", "/bin/sh", "-c", "echo to standard error >&2; exit 9"], env=environment,
                           stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    told = "to standard error" in ended.stderr and "cannot make a file in memory" in ended.stderr
    return None if ended.returncode == 9 and told else f"code {ended.returncode}\n{ended.stderr}"


def main():
    passed = failed = 0
    tests = [(name, lambda directory, name=name: run(name, directory)) for name in fault_scenarios.SCENARIOS]
    tests.append((begins_without_files_in_memory.__name__, begins_without_files_in_memory))
    for name, test in tests:
        if sys.argv[3:] and not any(word in name for word in sys.argv[3:]):
            continue
        with tempfile.TemporaryDirectory(prefix="legato-", ignore_cleanup_errors=True) as directory:
            problem = test(directory)
        passed, failed = passed + (not problem), failed + bool(problem)
        print(f"{'FAILED' if problem else 'ok'} faults: {name.replace('_', ' ')}{': ' + problem if problem else ''}", flush=True)
    print(f"faults: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
