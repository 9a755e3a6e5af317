"""Another program in the brain's place, one function each; run as the brain: legato-init --brain -- python3 upgrade_scenarios.py NAME DIRECTORY [ROLE].
A program that takes the place is this file with another ROLE."""

import errno
import json
import os
import shutil
import signal
import sys

from fake_brain import MAIN, NOTIFY, PIPE, STDOUT, TCP4, TREE, UNIX, spawn_payload, text, texts
from handover_scenarios import CLOSE_SOCKET, QUIET
from play import play, scenarios_of
from process_table import children_of, descriptors_of, equal, until

INIT = os.getppid()
ROLE = sys.argv[3] if len(sys.argv) > 3 else "first"


def command(role):
    return ["/usr/bin/python3", os.path.abspath(__file__), NAME, DIRECTORY, role]


def note(name, said):
    with open(os.path.join(DIRECTORY, name), "w", encoding="ascii") as file:
        file.write(said)


def noted(name):
    path = os.path.join(DIRECTORY, name)
    return open(path, encoding="ascii").read() if os.path.exists(path) else ""


def make_room(role, link):
    """This brain asks for another one and ends."""
    equal(link.replace(command(role), command("former")), 0)
    os._exit(0)


def another_program_takes_the_place(link):
    if ROLE == "first":
        spawned = link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE)
        note("main", str(spawned["main"]))
        link.memo("a", "told")
        # What is asked for behind it is done as well.
        request = link.send(0x70, b"".join([text(""), texts(command("next")), texts(command("former"))]))
        link.memo("b", "told later")
        equal(link.wait("result", id=request)["errno"], 0)
        os._exit(0)
    equal(ROLE, "next")
    equal(([str(g["main"]) for g in SNAPSHOT], link.memos), ([noted("main")], {"a": "told", "b": "told later"}))
    if not noted("settled"):
        equal(link.replaced, [(1, 0)])
        link.settled()
        equal(link.hello()[0]["pid"], INIT)
        equal(link.replaced, [], "after it has settled")
        note("settled", "yes")
        os.kill(os.getpid(), signal.SIGKILL)
    equal(link.replaced, [], "it is the one that is started again")


def one_that_ends_before_it_settles_makes_room_again(link):
    if ROLE == "first":
        link.spawn(1, ["/bin/sleep", "100"])
        make_room("next", link)
    if ROLE == "next":
        note("next", "was here")
        os._exit(7)
    equal((ROLE, noted("next"), link.replaced, len(SNAPSHOT)), ("former", "was here", [(2, 7 << 8)], 1))
    link.settled()
    link.hello()
    equal(link.replaced, [])


def one_that_cannot_be_executed_makes_room_again(link):
    if ROLE == "first":
        equal(link.replace(["/nonexistent"], command("former")), 0)
        os._exit(0)
    equal((ROLE, link.replaced), ("former", [(2, 127 << 8)]), "though nothing depends on a brain")


def one_that_is_killed_makes_room_again(link):
    if ROLE == "first":
        make_room("next", link)
    if ROLE == "next":
        os.kill(os.getpid(), signal.SIGKILL)
    equal((ROLE, link.replaced), ("former", [(2, signal.SIGKILL)]))


def a_brain_that_does_not_go_is_ended(link):
    if ROLE == "first":
        equal(link.replace(command("next"), command("former")), 0)
        signal.pause()
    equal((ROLE, link.replaced), ("next", [(1, 0)]))


def what_cannot_be_a_command_is_refused(link):
    good = command("next")
    equal(link.replace([], good), errno.EINVAL)
    equal(link.replace(good, []), errno.EINVAL)
    equal(link.replace(["x"] * 513, good), errno.E2BIG)
    equal(link.replace(["x" * 70000] * 2, good), errno.E2BIG)
    link.settled()
    equal(link.hello()[0]["pid"], INIT, "nothing has happened")
    equal(link.replace(good, good), 0)
    equal(link.replace(good, good), errno.EBUSY)


def upgrades_leave_nothing_open(link):
    count = int(noted("count") or 0)
    if count == 0:
        link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE)
        note("open", str(len(descriptors_of(INIT))))
    else:
        until(lambda: len(descriptors_of(INIT)) == int(noted("open")), "as many descriptors are open as before")
        link.settled()
    if count < 5:
        note("count", str(count + 1))
        make_room("next", link)


def exe():
    return os.readlink(f"/proc/{INIT}/exe").removesuffix(" (deleted)")


def copy_of_init(name):
    path = os.path.join(DIRECTORY, name)
    shutil.copy(exe(), path)
    return path


def open_in_init():
    return sorted(target.split(":")[0] for target in descriptors_of(INIT).values())


def another_image(role, link, name="image"):
    """The same with another image of init in the place of this one."""
    equal(link.replace(command(role), command("former"), copy_of_init(name)), 0)
    os._exit(0)


def everything_outlives_the_image_of_init(link):
    socket_path, word_path = os.path.join(DIRECTORY, "held"), os.path.join(DIRECTORY, "word")
    if ROLE == "first":
        spawned = link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE, title="kept #1")
        quiet = link.spawn(2, ["/bin/sleep", "100"], notify=word_path, page=197, wake=198, idle=199)
        link.spawn(3, ["/bin/sh", "-c", "exit 4"])
        link.wait("empty", generation=3)
        port = link.listening(7, UNIX, socket_path)
        link.memo("a", "told")
        link.memo("long", "x" * 60000)
        with os.fdopen(4, "wb", closefd=False) as shelf:
            shelf.write(b"shelved")
        note("before", json.dumps([spawned, quiet, port["inode"]]))
        another_image("next", link)
    spawned, quiet, inode = json.loads(noted("before"))
    generations = {g["generation"]: g for g in SNAPSHOT}
    equal(os.getppid(), INIT)
    equal(exe(), os.path.join(DIRECTORY, "image"))
    equal((link.replaced, link.farewell["status"], sorted(generations)), ([(1, 0)], 0, [1, 2, 3]))
    for name in ("shim", "main", "started", "stdin", "stdout"):
        equal(generations[1][name], spawned[name], name)
    equal((generations[1]["title"], generations[2]["main"], generations[3]["status"], generations[3]["life"]), ("kept #1", quiet["main"], 4 << 8, 2))
    equal(link.memos, {"a": "told", "long": "x" * 60000})
    equal([(s["socket"], s["address"], s["inode"]) for s in link.sockets], [(7, socket_path, inode)])
    equal(os.pread(4, 100, 0), b"shelved")
    link.settled()
    # The pipes, the shims, the page and the sockets are what they were.
    with open(f"/proc/{INIT}/fd/{spawned['stdin']}", "wb", buffering=0) as stdin:
        stdin.write(b"still")
        link.rearm(1, STDOUT)
        link.wait("readable", generation=1, stream=STDOUT)
    equal(link.keyed(QUIET, 2), 0)
    link.wait("drained", generation=2)
    equal(link.usage(2)["facts"] & 3, 3)
    for generation in (1, 2):
        equal(link.signal(generation, TREE, signal.SIGKILL), (0, 1))
        equal(link.wait("exited", generation=generation)["status"], signal.SIGKILL)
        link.wait("empty", generation=generation)
    link.spawn(4, ["/bin/true"])
    link.wait("empty", generation=4)
    for generation in (1, 2, 3, 4):
        equal(link.release(generation), 0)
    equal(link.keyed(CLOSE_SOCKET, 7), 0)
    equal([name for name in ("held", "word") if os.path.exists(os.path.join(DIRECTORY, name))], [])


def what_happens_between_two_images_is_not_lost(link):
    if ROLE == "first":
        for i in range(1, 40):
            link.spawn(i, ["/bin/sh", "-c", "read line; exit 5"], stdin=PIPE)
        # They end, some before the exec and some after it; and more are on their way.
        lines = [os.open(f"/proc/{INIT}/fd/{link.spawn(i, ['/bin/sh', '-c', 'read line; exit 6'], stdin=PIPE)['stdin']}", os.O_WRONLY) for i in range(40, 80)]
        for i in range(80, 90):
            link.send(0x10, spawn_payload(i, ["/bin/sleep", "100"]))
        request = link.send(0x70, text(copy_of_init("image")) + texts(command("next")) + texts(command("former")))
        for line in lines:
            os.write(line, b"go\n")
        os.kill(INIT, signal.SIGTERM)
        equal(link.wait("result", id=request)["errno"], 0)
        os._exit(0)
    lives = {g["generation"]: g["life"] for g in SNAPSHOT}
    equal(sorted(lives), list(range(1, 90)))
    for i in range(40, 80):
        if lives[i] != 2:
            link.wait("empty", generation=i)
    for i in range(80, 90):
        if lives[i] == 3:
            link.wait("spawned", generation=i)
        equal(link.signal(i, MAIN, signal.SIGTERM), (0, 1))
        link.wait("empty", generation=i)
    equal([lives[i] for i in range(1, 40)], [0] * 39)


def a_lost_generation_outlives_the_image(link):
    if ROLE == "first":
        link.spawn(9, ["/bin/true"])
        link.wait("empty", generation=9)
        spawned = link.spawn(1, ["/bin/sh", "-c", "sleep 100 & exec sleep 100"])
        link.release(9)
        until(lambda: children_of(spawned["main"]) == 1, "both are there")
        os.kill(spawned["shim"], signal.SIGKILL)
        link.wait("shim-lost", generation=1)
        another_image("next", link)
    equal(link.signal(1, TREE, signal.SIGKILL), (0, 2))
    link.wait("exited", generation=1)
    link.wait("empty", generation=1)


def a_channel_keeps_the_line_that_has_begun(link):
    if ROLE == "first":
        script = f"import os,sys,time\nos.write(5, b'half a ')\nsys.stdin.readline()\nos.write(5, b'line\\n')\ntime.sleep(100)\n"
        spawned = link.spawn(1, ["/usr/bin/python3", "-SEc", script], stdin=PIPE, channel=5)
        note("stdin", str(spawned["stdin"]))
        link.never("notify", 0.2)
        another_image("next", link)
    link.rearm(1, NOTIFY)
    with open(f"/proc/{INIT}/fd/{noted('stdin')}", "wb", buffering=0) as stdin:
        stdin.write(b"on\n")
    equal(link.wait("notify", generation=1)["text"], "half a line")


def a_logger_outlives_the_image(link):
    path = os.path.join(DIRECTORY, "log")
    script = "import sys\ni = 0\nwhile True: sys.stdout.write(f'{i}\\n'); i += 1"
    if ROLE == "first":
        link.spawn(1, ["/usr/bin/python3", "-SEc", script], stdout=PIPE)
        link.log(1, 1, path)
        equal(link.pour(1, STDOUT, 1), 0)
        another_image("next", link)
    equal(SNAPSHOT[0]["poured"], 1)
    size = os.stat(path).st_size
    until(lambda: os.stat(path).st_size > size, "it goes on by itself")
    link.log(1, 1, path)
    equal(link.pour(1, STDOUT, 1), 0)
    equal(link.give_back(1, STDOUT), 0)
    with open(path, "rb") as file:
        numbers = file.read().split(b"\n")[:-1]
    equal(numbers == [b"%d" % i for i in range(len(numbers))], True, "every line is there once")
    equal(children_of(INIT), 3, "the shim, one logger and the brain")
    equal(link.signal(1, TREE, signal.SIGKILL), (0, 1))
    link.wait("empty", generation=1)


def a_failed_brain_takes_its_init_with_it(link):
    if ROLE == "first":
        note("exe", exe())
        link.spawn(1, ["/bin/sleep", "100"])
        another_image("next", link)
    if ROLE == "next":
        note("next", exe())
        os._exit(7)
    equal((ROLE, link.replaced, len(SNAPSHOT)), ("former", [(2, 7 << 8)], 1))
    equal((exe(), noted("next")), (noted("exe"), os.path.join(DIRECTORY, "image")), "images of init")
    link.settled()
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    link.wait("empty", generation=1)


def an_image_that_cannot_go_on_is_refused(link):
    link.spawn(1, ["/bin/sleep", "100"])
    before = open_in_init()
    path = os.path.join(DIRECTORY, "image")

    def refused(script, said):
        if script is not None:
            note("image", script)
            os.chmod(path, 0o755)
        found = link.replace_refused(command("next"), command("former"), path)
        if said not in found:
            raise AssertionError(f"{found!r} does not say {said!r}")

    refused(None, "No such file or directory")
    refused("#!/bin/sh\nexit 0\n", "does not say that it can go on (code 0)")
    refused("#!/bin/sh\necho of another version >&2\nexit 1\n", "of another version")
    refused("#!/bin/sh\nkill -9 $$\n", "(signal 9)")
    os.chmod(path, 0o644)
    refused(None, "Permission denied")
    until(lambda: open_in_init() == before, "nothing is left open")
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    link.wait("empty", generation=1)


def an_image_that_fails_all_the_same_gives_back(link):
    if ROLE == "first":
        note("exe", exe())
        link.spawn(1, ["/bin/sleep", "100"])
        # Says that it can, and then goes back at once, as one does that has no memory.
        note("image", f"#!/bin/sh\n[ $1 = --can-resume ] && exec {exe()} \"$@\"\nstate=$2 image=$3; shift 3\n"
             "exec /proc/self/fd/$image --return $state $image \"$@\"\n")
        os.chmod(os.path.join(DIRECTORY, "image"), 0o755)
        note("open", json.dumps(open_in_init()))
        equal(link.replace(command("next"), command("former"), os.path.join(DIRECTORY, "image")), 0)
        os._exit(0)
    equal((ROLE, link.replaced, exe()), ("former", [(5, 0)], noted("exe")))
    until(lambda: open_in_init() == json.loads(noted("open")), "the same is open as before")
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    link.wait("empty", generation=1)


def one_that_is_not_executed_leaves_the_image(link):
    if ROLE == "first":
        link.spawn(1, ["/bin/sleep", "100"])
        path = copy_of_init("image")
        equal(link.replace(command("next"), command("former"), path), 0)
        os.chmod(path, 0o644)
        os._exit(0)
    equal((ROLE, link.replaced), ("former", [(4, errno.EACCES)]))
    equal(link.signal(1, MAIN, signal.SIGTERM), (0, 1))
    link.wait("empty", generation=1)


def many_images_leave_nothing_open(link):
    count = int(noted("count") or 0)
    if count == 0:
        link.listening(1, TCP4, "127.0.0.1")
        link.spawn(1, ["/bin/cat"], stdin=PIPE, stdout=PIPE, page=197, wake=198, idle=199, go=200, channel=5, line=6)
        note("open", json.dumps(open_in_init()))
    else:
        link.settled()
        link.hello()
        until(lambda: open_in_init() == json.loads(noted("open")), f"the same is open after image {count}")
    if count < 6:
        note("count", str(count + 1))
        another_image("next", link, f"image{count}")


SCENARIOS = scenarios_of(globals())

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:3]

    def greeted(link):
        global SNAPSHOT
        SNAPSHOT = link.hello()[1]
        SCENARIOS[NAME](link)

    play(NAME, greeted)
