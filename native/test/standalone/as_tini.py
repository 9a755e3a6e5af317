"""Under tini's name: what tini's users and its own suite rely on."""

import os
import signal
import subprocess
import time

from trial import HERE, PATIENCE, PRINTER, children, contains, descendants, equal, line, runs, state, status, until

ORPHANS = "for i in $(seq {count}); do (sleep 0 & ) ; done; "


def test_every_exit_code_can_be_turned_into_0(trial):
    for code in range(256):
        equal(trial.run("tini", "-s", "-e", str(code), "--", "sh", "-c", f"exit {code}")[0], 0)


def test_other_exit_codes_are_kept(trial):
    for code in (0, 1, 2, 126, 127, 128, 143, 255):
        others = [word for other in range(256) if other != code for word in ("-e", str(other))]
        equal(trial.run("tini", *others, "sh", "-c", f"exit {code}")[0], code)


def test_a_signal_is_128_more_and_can_be_turned_into_0(trial):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV):
        equal(trial.run("tini", "-s", "--", "sh", "-c", f"kill -{int(number)} $$")[0], 128 + number)
    equal(trial.run("tini", "-s", "-e", "143", "--", "sh", "-c", "kill -TERM $$")[0], 0)


def test_126_and_127(trial):
    code, _, err = trial.run("tini", "-s", "no-such-program")
    equal(code, 127)
    contains(err, "exec no-such-program failed: No such file or directory")
    equal(trial.run("tini", "-s", "/etc")[0], 126)
    equal(trial.run("tini", "-s", "--", "")[0], 127)


def test_a_script_without_interpreter_is_run_by_the_shell(trial):
    trial.script("bare", "echo $# $1; exit 4\n")
    equal(trial.run("tini", "-s", trial.path("bare"), "one two")[:2], (4, "1 one two\n"))
    equal(trial.run("tini", "-s", "bare", "x", env={"PATH": f"/nowhere:{trial.directory}:/bin"})[:2], (4, "1 x\n"))


def test_usage(trial):
    code, out, err = trial.run("tini")
    equal((code, out), (1, ""))
    contains(err, "supervision of a valid init process")
    contains(err, "more verbose")
    code, out, err = trial.run("tini", "-h")
    equal((code, err), (0, ""))
    for option in ("-s", "-p SIGNAL", "-v", "-w", "-g", "-e EXIT_CODE", "-l", "--version"):
        contains(out, f"  {option} ")
    for variable in ("TINI_SUBREAPER", "TINI_VERBOSITY", "TINI_KILL_PROCESS_GROUP"):
        contains(out, variable)
    for arguments in ("-z", "--foo true", "-e", "-c true", "-r 1:2 true", "--version --foo", "-s --version"):
        equal(trial.run("tini", *arguments.split())[0], 1)
    equal(trial.run("tini", "--", "--", "true")[0], 127)


def test_refused_values(trial):
    for arguments in (["-p", "KILL"], ["-p", "SIGFOO"], ["-p", "9"], ["-e", "256"], ["-e", "-1"], ["-e", "x"], ["-e", ""]):
        code, _, err = trial.run("tini", *arguments, "true")
        equal(code, 1)
        contains(err, f"Not a valid option for {arguments[0]}: {arguments[1]}")


def test_version_and_license(trial):
    code, out, _ = trial.run("tini", "--version")
    equal((code, out.startswith("tini version ")), (0, True))
    with open(os.path.join(HERE, "../../../LICENSE")) as file:
        equal(trial.run("tini", "-l")[:2], (0, file.read()))


def test_other_names_of_tini(trial):
    for name in ("tini-static", "docker-init"):
        contains(trial.run(name, "--version")[1], "tini version")
        equal(trial.run(name, "-s", "--", "sh", "-c", "exit 5"), (5, "", ""))


def test_warns_when_zombies_will_not_come(trial):
    contains(trial.run("tini", "true")[2], "zombie reaping won't work")
    contains(trial.run("tini", "true")[2], "Tini is not running as PID 1 and isn't registered as a child subreaper.")
    equal(trial.run("tini", "-s", "true")[2], "")
    equal(trial.run("tini", "true", env={"TINI_SUBREAPER": ""})[2], "")
    equal(trial.run("tini", "true", env={"TINI_VERBOSITY": "0"})[2], "")


def test_verbosity(trial):
    for arguments, env in ((["-vv"], {}), ([], {"TINI_VERBOSITY": "3"}), (["-v"], {"TINI_VERBOSITY": "3"})):
        code, out, _ = trial.run("tini", "-s", *arguments, "true", env=env)
        equal(code, 0)
        contains(out, "Received SIGCHLD")
        contains(out, "Main child exited normally (with status '0')")
    equal(trial.run("tini", "-s", "true")[1], "")


def test_orphans_are_reaped_silently_or_with_a_warning(trial):
    for arguments, env in ((["-s"], {}), ([], {"TINI_SUBREAPER": "1"})):
        for warn in ([], ["-w"]):
            command = ["sh", "-c", ORPHANS.format(count=20) + "echo done; read x"]
            process = trial.start("tini", *arguments, *warn, *command, env=env, stdin=subprocess.PIPE)
            equal(line(process), "done")
            until(lambda: len(descendants(process.pid)) == 1, "only the command below init")
            process.stdin.write(b"\n")
            process.stdin.close()
            equal(process.wait(PATIENCE), 0)
            equal(process.stderr.read().decode().count("Reaped zombie process with pid="), 20 if warn else 0)


def test_a_storm_of_orphans_leaves_no_zombie(trial):
    process = trial.start("tini", "-s", "--", "sh", "-c", ORPHANS.format(count=1000) + "echo done; exec sleep 1000")
    equal(line(process), "done")
    until(lambda: len(children(process.pid)) == 1, "only the command below init")


def test_signals_reach_the_command(trial):
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGRTMIN + 3):
        process = trial.start("tini", "-s", "sleep", "1000")
        until(lambda: [pid for pid in children(process.pid) if status(pid, "Name") == "sleep"], "the command")
        process.send_signal(number)
        equal(process.wait(PATIENCE), 128 + number)


def test_a_signal_from_before_the_command_is_there_is_not_lost(trial):
    def prepare():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        os.kill(os.getpid(), signal.SIGTERM)

    for arguments in (["-s"], ["-s", "-g"]):
        for _ in range(5):
            process = trial.start("tini", *arguments, *PRINTER, preexec_fn=prepare)
            equal(line(process).split()[0], "ready")
            equal(line(process), "15")


def test_with_g_signals_reach_the_group(trial):
    family = "trap '' USR1; env --default-signal=USR1 sh -c 'echo 1; exec sleep 1000'; exit 9"
    for arguments, env in ((["-g"], {}), ([], {"TINI_KILL_PROCESS_GROUP": "1"})):
        process = trial.start("tini", "-s", *arguments, "sh", "-c", family, env=env)
        equal(line(process), "1")
        process.send_signal(signal.SIGUSR1)
        equal(process.wait(PATIENCE), 9)


def test_without_g_they_reach_the_command_alone(trial):
    process = trial.start("tini", "-s", "sh", "-c", "sleep 1000 & echo $!; wait")
    other = int(line(process))
    process.send_signal(signal.SIGTERM)
    equal(process.wait(PATIENCE), 143)
    assert runs(other), "the command's child was signalled too"
    os.kill(other, signal.SIGKILL)


def test_the_command_finds_the_signal_state_that_init_found(trial):
    everything = set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP}
    some = {signal.SIGTTOU, signal.SIGTTIN, signal.SIGSEGV, signal.SIGINT, signal.SIGCHLD}
    others = {signal.SIGTTIN, signal.SIGILL, signal.SIGTERM, signal.SIGRTMIN + 1}

    def bits(numbers):
        return f"{sum(1 << number - 1 for number in numbers):016x}"

    for ignored, blocked in ((some, others), (set(), set()), (everything, everything)):

        def prepare():
            for number in everything:
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

        code, out, _ = trial.run("tini", "-s", "cat", "/proc/self/status", preexec_fn=prepare)
        equal(code, 0)
        contains(out, f"SigIgn:\t{bits(ignored)}\n")
        contains(out, f"SigBlk:\t{bits(blocked)}\n")


def test_an_ignored_chld_does_not_lose_the_exit_code(trial):
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    equal(trial.run("tini", "-s", "--", "sh", "-c", "exit 3", preexec_fn=ignore)[0], 3)


def test_the_end_of_the_parent_is_a_signal(trial):
    parent = trial.start(["sh"], "-c", '"$@" & wait', "sh", trial.path("tini"), "-s", "-p", "SIGUSR1", "--", *PRINTER)
    ready = line(parent)
    os.kill(parent.pid, signal.SIGKILL)
    equal(line(parent), "10")
    printer = int(ready.split()[1])
    os.kill(printer, signal.SIGKILL)
    until(lambda: not runs(printer), "the end of the printer")


def test_a_fault_sent_to_init_is_init_s_own(trial):
    process = trial.start("tini", "-s", "sleep", "1000")
    child = until(lambda: children(process.pid), "the command")[0]
    process.send_signal(signal.SIGBUS)
    equal(process.wait(PATIENCE), -signal.SIGBUS)
    os.kill(child, signal.SIGKILL)


def test_the_command_leads_a_group_of_its_own_in_our_session(trial):
    look = "cut -d' ' -f1,4,5,6 /proc/$$/stat; cut -d' ' -f1,6 /proc/$PPID/stat"
    code, out, _ = trial.run("tini", "-s", "sh", "-c", look)
    pid, parent, group, session = out.splitlines()[0].split()
    equal((code, group), (0, pid))
    equal(out.splitlines()[1], f"{parent} {session}")


def test_program_dashes_arguments(trial):
    equal(trial.run("tini", "-s", "sh", "--", "-c", "echo $0", "x")[:2], (0, "x\n"))
    equal(trial.run("tini", "-s", "--", "echo", "--", "x")[:2], (0, "-- x\n"))
    equal(trial.run("tini", "-s", "sh", "-c", "exit 6")[0], 6)


def test_idle_it_does_not_wake(trial):
    process = trial.start("tini", "-s", "--", "sh", "-c", "echo; exec sleep 1000")
    line(process)
    until(lambda: state(process.pid) == "S", "init asleep")
    before = status(process.pid, "voluntary_ctxt_switches")
    time.sleep(1.2)  # the span that is watched; tini wakes once in a second
    equal(status(process.pid, "voluntary_ctxt_switches"), before)
