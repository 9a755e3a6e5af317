"""As PID 1 of a pid namespace."""

import os
import signal
import subprocess

from trial import PATIENCE, POLITE, PRINTER, Skip, children, descendants, equal, line, runs, state, status, until

UNSHARE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child"]


def enter(trial, name, *arguments, **options):
    """NAME as PID 1."""
    probe = subprocess.run(UNSHARE + ["true"], capture_output=True, check=False)
    if probe.returncode:
        raise Skip("no pid namespace may be made here")
    return trial.start(UNSHARE, trial.path(name), *arguments, **options)


def namespace(trial, name, *arguments, **options):
    """The same, and its pid as seen from here: for what does not end by itself."""
    process = enter(trial, name, *arguments, **options)
    return process, until(lambda: children(process.pid), "PID 1")[0]


def test_codes_and_no_warning(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        for text, code in (("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
            process = enter(trial, name, "sh", "-c", text)
            equal((process.wait(PATIENCE), process.stderr.read()), (code, b""))


def test_signals_from_outside_arrive(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        process, init = namespace(trial, name, *PRINTER)
        line(process)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH):
            os.kill(init, number)
            equal(line(process), str(int(number)))


def test_orphans_and_daemons_are_reaped(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        command = "for i in $(seq 100); do (setsid sleep 0 &); done; echo; exec sleep 1000"
        process, init = namespace(trial, name, "sh", "-c", command)
        line(process)
        until(lambda: len(descendants(init)) == 1, "only the command")


def test_strangers_orphans_are_reaped(trial):
    process, init = namespace(trial, "legato-init", "sh", "-c", "echo; exec sleep 1000")
    line(process)
    entered = trial.run(["nsenter"], "-t", str(init), "-p", "-m", "sh", "-c", "(sleep 0 &); (sleep 0 &)")
    equal(entered[0], 0)
    until(lambda: len(children(init)) == 1, "only the command")
    equal(state(init), "S")


def test_at_the_end_strangers_get_term_and_time(trial):
    process, init = namespace(trial, "legato-init", "-k", "60000", "sh", "-c", "echo; read x; exit 4", stdin=subprocess.PIPE)
    line(process)
    stranger = trial.start(["nsenter"], "-t", str(init), "-p", "-m", *POLITE)
    equal(line(stranger), "up")
    process.stdin.close()
    equal(line(stranger), "bye")
    equal(process.wait(PATIENCE), 4)


def test_a_command_s_daemon_gets_term_and_time(trial):
    command = ["sh", "-c", '("$@" &); read x; exit 0', "sh"]
    process, _ = namespace(trial, "legato-init", "-k", "60000", *command, *POLITE, stdin=subprocess.PIPE)
    equal(line(process), "up")
    process.stdin.close()
    equal(line(process), "bye")
    equal(process.wait(PATIENCE), 0)


def test_the_peers_names_end_at_once(trial):
    for name in ("tini", "dumb-init"):
        process, _ = namespace(trial, name, "sh", "-c", '(setsid "$@" &); read x; exit 0', "sh", *PRINTER, stdin=subprocess.PIPE)
        line(process)
        process.stdin.close()
        equal(process.wait(PATIENCE), 0)
        equal(line(process), "")


def test_a_fault_from_outside_reaches_the_command_under_dumb_init_s_name_only(trial):
    process, init = namespace(trial, "dumb-init", *PRINTER)
    line(process)
    os.kill(init, signal.SIGSEGV)
    equal(line(process), "11")
    process, init = namespace(trial, "tini", *PRINTER)
    line(process)
    os.kill(init, signal.SIGSEGV)
    os.kill(init, signal.SIGUSR2)
    equal(line(process), "12")
    assert runs(init), status(init, "State")
