"""With a controlling terminal, which the command must get."""

import os
import pty
import re
import select
import signal
import termios

from trial import PATIENCE, contains, equal


def on_terminal(trial, path, *arguments):
    """Starts it as the leader of a terminal's session; answers pid and the other end."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["PS1"] = ""
        os.execv(path, (path,) + arguments)
    trial.terminals.append(fd)
    attributes = termios.tcgetattr(fd)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    return pid, fd


def read_until(fd, pattern=None):
    """What comes up to a match; without one, up to the end."""
    text = ""
    while not (pattern and re.search(pattern, text)):
        ready, _, _ = select.select([fd], [], [], PATIENCE)
        assert ready, f"{pattern!r} never came in {text!r}"
        try:
            chunk = os.read(fd, 4096)
        except OSError:  # how a terminal says end of file
            chunk = b""
        if not chunk:
            assert not pattern, f"{pattern!r} never came in {text!r}"
            break
        text += chunk.decode(errors="replace")
    return text


def test_the_command_reads_and_writes_it(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        pid, fd = on_terminal(trial, trial.path(name), "sh", "-c", "echo ready; exec tac")
        read_until(fd, "ready")
        os.write(fd, b"1\n2\n3\n\x04")
        contains(read_until(fd).replace("\r", ""), "3\n2\n1\n")
        equal(os.waitpid(pid, 0), (pid, 0))


def test_a_shell_has_job_control(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        pid, fd = on_terminal(trial, trial.path(name), "bash", "--norc", "-i", "-m")
        os.write(fd, b'echo "flags are: [[$-]]"\nexit 0\n')
        text = read_until(fd)
        equal(os.waitpid(pid, 0), (pid, 0))
        flags = re.search(r"flags are: \[\[([a-zA-Z]+)\]\]", text)
        assert flags and "m" in flags.group(1), text
        assert "no job control" not in text, text


def test_ctrl_c_reaches_the_command(trial):
    for name in ("tini", "dumb-init", "legato-init"):
        pid, fd = on_terminal(trial, trial.path(name), "sh", "-c", "trap 'exit 9' INT; echo ready; while :; do sleep 0.01; done")
        read_until(fd, "ready")
        os.write(fd, b"\x03")
        read_until(fd)
        equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 9)


def test_dumb_init_passes_over_the_first_hup_and_cont(trial):
    pid, fd = on_terminal(trial, trial.path("dumb-init"), "-v", "sleep", "1000")
    text = read_until(fd, r"(?s)(?=.*hand-off signal 18)(?=.*setsid complete)")
    contains(text, "Ignoring tty hand-off signal 1.")
    os.kill(pid, signal.SIGHUP)
    text = read_until(fd)
    contains(text, "[dumb-init] Forwarded signal 1 to children.")
    assert "Forwarded signal 18" not in text, text
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 129)


def test_legato_gives_the_terminal_back(trial):
    pid, fd = on_terminal(trial, "/bin/sh", "-c", f"{trial.path('legato-init')} -s true; read x; echo got $x")
    os.write(fd, b"this\n")
    contains(read_until(fd), "got this")
    equal(os.waitpid(pid, 0), (pid, 0))


def test_legato_in_the_background_leaves_the_terminal_alone(trial):
    init = trial.path("legato-init")
    command = f"{init} -s sh -c 'echo up; exec sleep 1000' & read x; echo got $x; kill $!; wait $!"
    pid, fd = on_terminal(trial, "/bin/bash", "--norc", "-m", "-c", command)
    read_until(fd, "up")
    equal(os.tcgetpgrp(fd), pid)
    os.write(fd, b"that\n")
    contains(read_until(fd), "got that")
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 143)
