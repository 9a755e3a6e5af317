"""The same commands given to Debian's tini and dumb-init: the same codes and the same words."""

import os
import re

from trial import Skip, equal

# Arguments, environment. Words of our own (usage, warning, getopt's) are left out.
TINI = [
    (["-s", "true"], {}),
    (["-s", "--", "sh", "-c", "exit 9"], {}),
    (["-s", "-vvv", "--", "sh", "-c", "exit 9"], {}),
    (["-s", "-vvv", "-g", "--", "sh", "-c", "kill -HUP $$"], {}),
    (["-s", "-v", "-e", "9", "--", "sh", "-c", "exit 9"], {}),
    (["-s", "-p", "SIGKILL", "true"], {}),
    (["-p", "KILL", "true"], {}),
    (["-p", "SIGNONE", "true"], {}),
    (["-e", "300", "true"], {}),
    (["-e", "1x", "true"], {}),
    (["-s", "--", "no-such-program"], {}),
    (["-s", "--", "/etc"], {}),
    (["-s", "--", "echo", "--", "a"], {}),
    (["-s", "echo", "--", "a"], {}),
    (["true"], {"TINI_VERBOSITY": "0"}),
    (["true"], {"TINI_SUBREAPER": "", "TINI_VERBOSITY": "3"}),
    (["sh", "--", "-c", "kill -USR1 $$"], {"TINI_SUBREAPER": "", "TINI_KILL_PROCESS_GROUP": "", "TINI_VERBOSITY": "4"}),
    (["-s", "-vvv", "--", "sh", "-c", "trap 'exit 5' USR2; kill -USR2 $PPID; while :; do sleep 0.01; done"], {}),
    (["-s", "--", "cat", "/proc/self/status"], {}),
]
DUMB_INIT = [
    ([], {}),
    (["-h"], {}),
    (["--help"], {}),
    (["-V"], {}),
    (["-v", "-V", "true"], {}),
    (["-r"], {}),
    (["-r", "x", "true"], {}),
    (["-r", "1:99", "true"], {}),
    (["-r", "0:0", "true"], {}),
    (["true"], {}),
    (["--", "sh", "-c", "exit 3"], {}),
    (["-v", "-c", "sh", "-c", "exit 3"], {}),
    (["-v", "-c", "sh", "-c", "kill -KILL $$"], {}),
    (["--verb", "--single", "true"], {}),
    (["true"], {"DUMB_INIT_DEBUG": "1", "DUMB_INIT_SETSID": "0"}),
    (["true"], {"DUMB_INIT_DEBUG": "0", "DUMB_INIT_SETSID": "1"}),
    (["-v", "-c", "-r", "12:10", "sh", "-c", "trap 'exit 5' USR1; kill -USR2 $PPID; while :; do sleep 0.01; done"], {}),
    (["-v", "-c", "-r", "12:0", "-r", "15:0", "sh", "-c", "trap 'exit 6' HUP; kill -USR2 $PPID; kill -HUP $PPID; while :; do sleep 0.01; done"], {}),
    (["-c", "no-such-program"], {}),
    (["/etc"], {}),
    (["-c", "cat", "/proc/self/status"], {}),
    (["sh", "-c", "readlink /proc/$PPID/cwd"], {}),
]


def plain(text):
    """Without what differs from run to run; of a status only the signals; of getopt's complaint only that there is one."""
    if "SigBlk" in text:
        text = "".join(row for row in text.splitlines(True) if re.match("Sig(Blk|Ign|Cgt)", row))
        text = re.sub("SigCgt.*", "", text)
    text = re.sub(r"(?m)^\[DEBUG tini \(\d+\)\] tcsetpgrp failed.*\n", "", text)  # tini leaves it in a buffer that exec discards
    text = re.sub(r"(?m)^\[TRACE tini \(\d+\)\] No child to reap\n", "", text)  # said after signals other than CHLD, too
    text = re.sub(r"(?m)^\S*(tini|dumb-init): option.*", "getopt complains", text)
    return re.sub(r"\(\d+\)|PID \d+|pid:? '\d+'", "N", text)


def compare(trial, name, cases):
    original = f"/usr/bin/{name}"
    if not os.path.exists(original):
        raise Skip(f"{original} is not installed")
    for arguments, env in cases:
        code, out, err = trial.run(name, *arguments, env=env)
        wanted_code, wanted_out, wanted_err = trial.run([original], *arguments, env=env)
        got = (arguments, env, code, plain(out), sorted(plain(err).splitlines()))
        equal(got, (arguments, env, wanted_code, plain(wanted_out), sorted(plain(wanted_err).replace(original, name).splitlines())))


def test_tini(trial):
    compare(trial, "tini", TINI)


def test_dumb_init(trial):
    compare(trial, "dumb-init", DUMB_INIT)
