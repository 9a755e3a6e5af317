"""Under dumb-init's name: what dumb-init's users and its own suite rely on."""

import os
import re
import signal
import subprocess

from trial import PATIENCE, PRINTER, children, contains, descendants, equal, line, runs, state, status, until

SUSPENDING = [signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU]
PROXIED = [n for n in range(1, 32) if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, *SUSPENDING)]
MODES = [{}, {"DUMB_INIT_SETSID": "0"}, {"DUMB_INIT_DEBUG": "1"}, {"DUMB_INIT_DEBUG": "1", "DUMB_INIT_SETSID": "0"}]


def printer(trial, *arguments, env=None):
    """dumb-init above the printer, and the printer's pid."""
    process = trial.start("dumb-init", *arguments, *PRINTER, env=env, stderr=subprocess.DEVNULL)
    word, pid = line(process).split()
    equal(word, "ready")
    return process, int(pid)


def test_every_signal_reaches_the_command(trial):
    for env in MODES:
        process, _ = printer(trial, env=env)
        for number in PROXIED:
            process.send_signal(number)
            equal(line(process), str(number))


def test_a_signal_from_before_the_session_is_there_is_not_lost(trial):
    def prepare():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.kill(os.getpid(), signal.SIGTERM)

    for _ in range(5):
        equal(trial.run("dumb-init", "sleep", "1000", preexec_fn=prepare)[0], 143)


def test_signals_are_rewritten(trial):
    for env in MODES:
        process, _ = printer(trial, "-r", "15:2", "--rewrite", "2:15", "-r", "3:3", "-r", "1:31", "-r", "31:1", env=env)
        for sent, received in ((15, 2), (3, 3), (18, 18), (2, 15), (1, 31), (31, 1)):
            process.send_signal(sent)
            equal(line(process), str(received))


def test_a_signal_rewritten_to_0_is_dropped(trial):
    process, _ = printer(trial, "-r", "15:3", "-r", "2:0", "-r", "28:0")
    for sent, received in ((15, 3), (2, None), (28, None), (1, 1)):
        process.send_signal(sent)
        if received:
            equal(line(process), str(received))


def test_a_terminal_stop_stops_both_and_cont_wakes_both(trial):
    for number in SUSPENDING:
        process, pid = printer(trial)
        process.send_signal(number)
        until(lambda: state(process.pid) == "T" and state(pid) == "T", "both stopped")
        process.send_signal(signal.SIGCONT)
        equal(line(process), "18")
        until(lambda: state(process.pid) == "S" and state(pid) == "S", "both awake")


def test_without_a_session_it_is_passed_on_as_it_is(trial):
    for number in SUSPENDING:
        process, _ = printer(trial, "-c")
        process.send_signal(number)
        equal(line(process), str(int(number)))
        until(lambda: state(process.pid) == "T", "dumb-init stopped")
        process.send_signal(signal.SIGCONT)
        equal(line(process), "18")


def test_a_terminal_stop_can_be_rewritten_but_still_stops_dumb_init(trial):
    process, _ = printer(trial, "-r", "21:15", "-r", "22:2", "-r", "20:1")
    for sent, received in ((21, 15), (22, 2), (20, 1)):
        process.send_signal(sent)
        equal(line(process), str(received))
        until(lambda: state(process.pid) == "T", "dumb-init stopped")
        process.send_signal(signal.SIGCONT)
        equal(line(process), "18")


def test_exit_codes(trial):
    for env in MODES:
        for code in (0, 1, 2, 32, 64, 127, 254, 255):
            equal(trial.run("dumb-init", "sh", "-c", f"exit {code}", env=env)[0], code)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            equal(trial.run("dumb-init", "sh", "-c", f"kill -{int(number)} $$", env=env)[0], 128 + number)


def test_the_session_is_signalled_as_a_whole(trial):
    process = trial.start("dumb-init", "sh", "-c", "yes | tail & yes error | tail >&2")
    pids = until(lambda: len(descendants(process.pid)) == 5 and descendants(process.pid), "the pipelines")
    process.send_signal(signal.SIGTERM)
    equal(process.wait(PATIENCE), 143)
    until(lambda: not any(map(runs, pids)), "the end of all")


def test_in_single_child_mode_the_command_alone(trial):
    for arguments, env in ((["-c"], {}), (["--single-child"], {}), ([], {"DUMB_INIT_SETSID": "0"})):
        process = trial.start("dumb-init", *arguments, "sh", "-c", "sleep 1000 & echo $!; wait", env=env)
        other = int(line(process))
        process.send_signal(signal.SIGTERM)
        equal(process.wait(PATIENCE), 143)
        assert runs(other), "the command's child was signalled too"
        os.kill(other, signal.SIGKILL)


def test_the_session_gets_term_when_the_command_ends(trial):
    process = trial.start("dumb-init", "sh", "-c", '"$@" & read x; exit 0', "sh", *PRINTER, stdin=subprocess.PIPE)
    pid = int(line(process).split()[1])
    process.stdin.close()
    equal(process.wait(PATIENCE), 0)
    equal(line(process), "15")
    os.kill(pid, signal.SIGKILL)


def test_without_a_session_it_gets_none(trial):
    process = trial.start("dumb-init", "-c", "sh", "-c", '"$@" & read x; exit 0', "sh", *PRINTER, stdin=subprocess.PIPE)
    pid = int(line(process).split()[1])
    process.stdin.close()
    equal(process.wait(PATIENCE), 0)
    for number in (1, 2, 3):
        os.kill(pid, number)
        equal(line(process), str(number))
    os.kill(pid, signal.SIGKILL)


def test_what_it_says_when_verbose(trial):
    for arguments, env in ((["-v"], {}), (["--verbose"], {}), ([], {"DUMB_INIT_DEBUG": "1"})):
        code, out, err = trial.run("dumb-init", *arguments, "echo", "oh,", "hi", env=env)
        equal((code, out), (0, "oh, hi\n"))
        assert re.search(r"(^|\n)\[dumb-init\] setsid complete\.\n", err), err
        assert re.search(
            r"(^|\n)\[dumb-init\] Child spawned with PID [0-9]+\.\n.*\[dumb-init\] Received signal 17\.\n"
            r"\[dumb-init\] A child with PID [0-9]+ exited with exit status 0.\n\[dumb-init\] Forwarded signal 15 to children\.\n"
            r"\[dumb-init\] Child exited with status 0\. Goodbye\.\n$",
            err,
            re.DOTALL,
        ), err


def test_what_it_says_in_single_child_mode(trial):
    said = (
        r"\[dumb-init\] Child spawned with PID [0-9]+\.\n\[dumb-init\] Received signal 17\.\n"
        r"\[dumb-init\] A child with PID [0-9]+ exited with exit status 0.\n\[dumb-init\] Forwarded signal 15 to children\.\n"
        r"\[dumb-init\] Child exited with status 0\. Goodbye\.\n$"
    )
    assert re.match("^" + said, trial.run("dumb-init", "-v", "-c", "true")[2])
    environment = {"DUMB_INIT_DEBUG": "1", "DUMB_INIT_SETSID": "0"}
    begin = r"^\[dumb-init\] Running in debug mode\.\n\[dumb-init\] Not running in setsid mode\.\n"
    assert re.match(begin + said, trial.run("dumb-init", "true", env=environment)[2])


def test_usage(trial):
    for env in MODES:
        hint = "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"
        equal(trial.run("dumb-init", env=env), (1, "", hint))
        for flag in ("-h", "--help"):
            code, out, err = trial.run("dumb-init", flag, env=env)
            equal((code, out, err.splitlines()[1]), (0, "", "Usage: dumb-init [option] command [[arg] ...]"))
        for flag in ("-V", "--version"):
            equal(trial.run("dumb-init", flag, env=env), (0, "", "dumb-init v1.2.5\n"))
    code, _, err = trial.run("dumb-init", "--yolo", "/bin/true", executable=trial.path("dumb-init"))
    equal(code, 1)
    contains(err, "unrecognized option")


def test_wrong_rewrites(trial):
    for value in ("", "herp", "herp:derp", "15", "15::12", "15:derp", ":16", "15:32", "32:15", "0:12", "TERM:INT"):
        code, out, err = trial.run("dumb-init", "-r", value, "true")
        equal((code, out), (1, ""))
        equal(err.splitlines()[0], "Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.")


def test_a_failed_exec_says_so(trial):
    for arguments in (["/nowhere"], ["--", "/nowhere"], ["-c", "/nowhere"], ["--single-child", "--", "/nowhere"]):
        for env in MODES:
            code, _, err = trial.run("dumb-init", *arguments, env=env)
            equal(code, 2)
            contains(err, "[dumb-init] /nowhere: No such file or directory\n")


def test_it_holds_no_directory_but_the_command_does(trial):
    process = trial.start("dumb-init", "sh", "-c", "pwd; read x", cwd=trial.directory, stdin=subprocess.PIPE)
    equal(line(process), trial.directory)
    until(lambda: os.readlink(f"/proc/{process.pid}/cwd") == "/", "chdir")
    equal(os.readlink(f"/proc/{children(process.pid)[0]}/cwd"), trial.directory)
    process.stdin.close()
    process.wait(PATIENCE)


def test_the_command_starts_with_default_signals(trial):
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGTERM})

    _, out, _ = trial.run("dumb-init", "cat", "/proc/self/status", preexec_fn=prepare)
    contains(out, "SigBlk:\t0000000000000000\n")
    contains(out, "SigIgn:\t0000000000000000\n")


def test_the_command_leads_a_session(trial):
    pid, parent, group, session = trial.run("dumb-init", "sh", "-c", "cut -d' ' -f1,4,5,6 /proc/$$/stat")[1].split()
    equal((group, session), (pid, pid))


def test_zombies_are_reaped(trial):
    process = trial.start("dumb-init", "sh", "-c", "(sleep 0 &); echo; exec sleep 1000")
    line(process)
    until(lambda: all(state(pid) != "Z" for pid in descendants(process.pid)), "no zombie")
    equal(status(process.pid, "State")[0], "S")
