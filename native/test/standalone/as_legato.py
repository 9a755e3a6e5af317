"""Under its own name: tini's manner with dumb-init's options, and a grace for what outlives the command."""

import json
import os
import signal
import subprocess
import time

from trial import HERE, PATIENCE, POLITE, PRINTER, children, contains, equal, line, runs, state, status, until

STUBBORN = "trap '' TERM; echo $$; exec sleep 1000"


def test_version_license_and_usage(trial):
    with open(os.path.join(HERE, "../../../package.json")) as file:
        version = json.load(file)["version"]
    for flag in ("-V", "--version"):
        equal(trial.run("legato-init", flag), (0, f"legato-init {version}\n", ""))
    contains(trial.run("legato-init", "-l")[1], "MIT License")
    for flag in ("-h", "--help"):
        code, out, err = trial.run("legato-init", flag)
        equal((code, err, out.splitlines()[0]), (0, "", "Usage: legato-init [OPTION]... [--] COMMAND [ARGUMENT]..."))


def test_its_own_failures_are_125(trial):
    for arguments in ("", "--", "-z true", "-e 256 true", "-k x true", "-r TERM true", "-r 0:1 true", "-p FOO true"):
        code, out, err = trial.run("legato-init", *arguments.split())
        equal((code, out), (125, ""))
        assert err, "nothing said"
    contains(trial.run("legato-init", "-r", "TERM:FOO", "true")[2], "Not a valid option for -r: TERM:FOO")


def test_the_code_of_the_command(trial):
    equal(trial.run("legato-init", "-s", "--", "sh", "-c", "exit 7"), (7, "", ""))
    equal(trial.run("legato-init", "-s", "sh", "-c", "kill -9 $$")[0], 137)
    equal(trial.run("legato-init", "-s", "no-such-program")[0], 127)
    equal(trial.run("legato-init", "-s", "/etc")[0], 126)
    trial.script("broken", "#!/nowhere/interpreter\n")
    equal(trial.run("legato-init", "-s", trial.path("broken"))[0], 127)
    trial.script("binary", "\x7fELF")
    equal(trial.run("legato-init", "-s", trial.path("binary"))[0] in (126, 127), True)


def test_signals_by_name_are_rewritten_and_dropped(trial):
    process = trial.start("legato-init", "-s", "-r", "TERM:SIGQUIT", "--rewrite", "HUP:0", "-r", "15:USR1", *PRINTER)
    line(process)
    for number, received in ((signal.SIGHUP, None), (signal.SIGTERM, "10"), (signal.SIGINT, "2")):
        process.send_signal(number)
        if received:
            equal(line(process), received)


def test_a_fault_is_passed_on_where_it_is_rewritten(trial):
    process = trial.start("legato-init", "-s", "-r", "SEGV:USR2", *PRINTER)
    line(process)
    process.send_signal(signal.SIGSEGV)
    equal(line(process), "12")


def test_single_child_stays_in_our_group(trial):
    for arguments, env in ((["-c"], {}), (["--single-child", "-g"], {}), ([], {"DUMB_INIT_SETSID": "0"})):
        process = trial.start("legato-init", "-s", "-k", "0", *arguments, "sh", "-c", "sleep 1000 & echo $!; wait", env=env)
        other = int(line(process))
        equal(os.getpgid(children(process.pid)[0]), os.getpgid(process.pid))
        process.send_signal(signal.SIGTERM)
        equal(process.wait(PATIENCE), 143)
        assert runs(other), "the command's child was signalled too"
        os.kill(other, signal.SIGKILL)


def test_both_peers_environment_is_heard(trial):
    contains(trial.run("legato-init", "-s", "true", env={"DUMB_INIT_DEBUG": "1"})[2], "Received SIGCHLD")
    contains(trial.run("legato-init", "-s", "true", env={"TINI_VERBOSITY": "2"})[2], "Main child exited normally")
    equal(trial.run("legato-init", "true", env={"TINI_SUBREAPER": ""}), (0, "", ""))


def test_what_it_says_goes_to_standard_error(trial):
    code, out, err = trial.run("legato-init", "-svvv", "echo", "hi")
    equal((code, out), (0, "hi\n"))
    contains(err, "[INFO  legato-init (")


def test_what_is_left_gets_term_and_is_waited_for(trial):
    process = trial.start("legato-init", "-s", "-k", "60000", "sh", "-c", '"$@" & read x; exit 5', "sh", *POLITE, stdin=subprocess.PIPE)
    equal(line(process), "up")
    process.stdin.close()
    equal(process.wait(PATIENCE), 5)
    equal(line(process), "bye")


def test_nothing_left_ends_at_once(trial):
    began = time.monotonic()
    equal(trial.run("legato-init", "-s", "-k", "60000", "sh", "-c", "(sleep 0 &); exit 2")[0], 2)
    assert time.monotonic() - began < 50, "it waited"


def test_who_ignores_term_is_killed_after_the_grace(trial):
    command = ["sh", "-c", 'setsid sh -c "$0" & read x; exit 0', STUBBORN]
    process = trial.start("legato-init", "-s", "-k", "100", *command, stdin=subprocess.PIPE)
    other = int(line(process))
    until(lambda: status(other, "Name") == "sleep", "the stubborn one")
    began = time.monotonic()
    process.stdin.close()
    equal(process.wait(PATIENCE), 0)
    assert time.monotonic() - began >= 0.1, "no grace"
    assert not runs(other), "it lives on"
    contains(process.stderr.read().decode(), "Killing what is left after 100 ms")


def test_who_is_stopped_gets_term_all_the_same(trial):
    # A session's leader: the kernel wakes stopped ones by itself where their group becomes an orphan.
    command = ["sh", "-c", "setsid sh -c 'echo $$; exec sleep 1000' & read x; exit 1"]
    process = trial.start("legato-init", "-s", "-k", "60000", *command, stdin=subprocess.PIPE)
    other = int(line(process))
    os.kill(other, signal.SIGSTOP)
    until(lambda: state(other) == "T", "the other stopped")
    process.stdin.close()
    equal(process.wait(PATIENCE), 1)
    assert not runs(other), "it lives on"


def test_without_grace_it_leaves_them(trial):
    process = trial.start("legato-init", "-s", "-k", "0", "sh", "-c", "sleep 1000 & echo $!")
    other = int(line(process))
    equal(process.wait(PATIENCE), 0)
    assert runs(other), "it was ended"
    os.kill(other, signal.SIGKILL)


def test_standard_input_may_be_closed(trial):
    equal(trial.run("legato-init", "-s", "sh", "-c", "exit 3", preexec_fn=lambda: os.close(0))[0], 3)
