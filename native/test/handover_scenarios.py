"""What init must do for a handover: held sockets, descriptors at their numbers, words of services, adopt's page. One function each;
run as the brain: legato-init --brain -- python3 handover_scenarios.py NAME DIRECTORY. Longer than other files, as scenarios.py is."""

import errno
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys

from fake_brain import (AS_STDOUT, BLOCKING, FREEBIND, NOTIFY, PATIENCE, PIPE, TCP4, TCP6, TREE, UDP4, UDP6, UNIX, UNIX_DGRAM, UNLINK_STALE,
                        V6ONLY, spawn_payload)
from play import first_life, play, scenarios_of
from process_table import descriptors_of, equal, stat_of, until

INIT = os.getppid()
PYTHON = "/usr/bin/python3"
STAGE = {"descriptors": 12, "notify": 13, "page": 14}
LISTEN = {"table": 1, "address": 2, "socket": 3, "option": 4, "stale": 5, "bind": 6, "owner": 7, "mode": 8, "listen": 9}
NOBODY = 65534
CLOSE_SOCKET, QUIET, GO = 0x31, 0x32, 0x34


def python(script, *arguments):
    return [PYTHON, "-SEc", script, *arguments]


def said_by(spawned, name="stdout"):
    with open(f"/proc/{INIT}/fd/{spawned[name]}", "rb") as file:
        return file.read()


def inode_at(pid, fd):
    return int(os.readlink(f"/proc/{pid}/fd/{fd}").removeprefix("socket:[").removesuffix("]"))


def open_in_init():
    return len(descriptors_of(INIT))


def eventfds_of_init():
    return [fd for fd, target in descriptors_of(INIT).items() if "eventfd" in target]


def path(name):
    return os.path.join(DIRECTORY, name)


# Answers every connection with its own pid, until it has answered so many.
SERVE = ("import os,select,socket,sys\nl=socket.socket(fileno=int(sys.argv[1]))\nfor i in range(int(sys.argv[2])):\n"
         " select.select([l],[],[])\n c=l.accept()[0]\n c.sendall(str(os.getpid()).encode())\n c.close()\n")


def ask(client):
    client.settimeout(PATIENCE)
    answer = b""
    while data := client.recv(100):
        answer += data
    client.close()
    return int(answer)


def a_held_socket_outlives_its_services(link):
    held = link.listening(1, TCP4, "127.0.0.1")
    at = ("127.0.0.1", held["port"])
    first = link.spawn(1, python(SERVE, "3", "1"), sockets=[(1, 3)])
    equal(inode_at(first["main"], 3), held["inode"])
    equal(ask(socket.create_connection(at)), first["main"])
    link.wait("empty", generation=1)
    waiting = socket.create_connection(at)  # nobody accepts now
    second = link.spawn(2, python(SERVE, "7", "2"), sockets=[(1, 7)])
    equal(inode_at(second["main"], 7), held["inode"], "the same socket")
    equal(ask(waiting), second["main"], "who came between is served by the next one")
    equal(link.keyed(CLOSE_SOCKET, 1), 0)
    equal(ask(socket.create_connection(at)), second["main"], "a generation keeps what it has")
    link.wait("empty", generation=2)
    try:
        socket.create_connection(at)
        raise AssertionError("still listening, but nobody has it")
    except ConnectionRefusedError:
        pass
    equal(link.keyed(CLOSE_SOCKET, 1), errno.ENOENT)


def a_socket_that_a_service_shuts_down_listens_again(link):
    file = path("revived")
    shut = python("import socket; socket.socket(fileno=3).shutdown(socket.SHUT_RD)")
    held = link.listening(1, TCP4, "127.0.0.1"), link.listening(2, UNIX, file, mode=0o640, gid=1234)
    addresses = (socket.AF_INET, ("127.0.0.1", held[0]["port"])), (socket.AF_UNIX, file)
    for key, (family, at) in enumerate(addresses, 1):
        link.spawn(key, shut, sockets=[(key, 3)])
        link.wait("empty", generation=key)
        with socket.socket(family) as refused:
            equal(refused.connect_ex(at), errno.ECONNREFUSED)
        second = link.spawn(10 + key, python(SERVE, "3", "1"), sockets=[(key, 3)])
        told = link.wait("listening", socket=key)
        equal(inode_at(second["main"], 3), told["inode"])
        client = socket.socket(family)
        client.connect(("127.0.0.1", told["port"]) if family == socket.AF_INET else at)
        equal(ask(client), second["main"])
        link.wait("empty", generation=10 + key)
    now = os.stat(file)
    equal((stat.S_IMODE(now.st_mode), now.st_gid), (0o640, 1234), "as it was")
    link.keyed(CLOSE_SOCKET, 2)
    equal(os.path.lexists(file), False, "the name is init's still")


LIST = ("import json,os\nf={i:os.readlink(f'/proc/self/fd/{i}') for i in range(300) if os.path.lexists(f'/proc/self/fd/{i}')}\n"
        "print(json.dumps([f,os.environ.get('LISTEN_PID'),os.getpid(),os.environ.get('LISTEN_FDS'),[os.get_inheritable(i) for i in f]]))")


def descriptors_stand_at_their_numbers(link):
    """At all numbers that anything on the way may have had, in a bad order, one socket twice."""
    inodes = [link.listening(key, UNIX, f"@{os.getpid()}.{key}")["inode"] for key in range(1, 31)]
    sockets = [(key, 33 - key) for key in range(1, 31)] + [(1, 0), (2, 200)]
    spawned = link.spawn(1, python(LIST), stdout=PIPE, stderr=AS_STDOUT, sockets=sockets, line=40, page=41, wake=42, idle=43,
                         env=["LISTEN_PID=", "LISTEN_FDS=30", "LISTEN_PID=", "X=LISTEN_PID="])
    found, listen_pid, pid, count, inheritable = json.loads(said_by(spawned))
    wanted = {str(number): f"socket:[{inodes[key - 1]}]" for key, number in sockets}
    equal({f: t for f, t in found.items() if t.startswith("socket:")}, wanted)
    equal(sorted(map(int, found)), [*range(33), 40, 41, 42, 43, 200], "and no others")
    equal(found["41"], "/memfd:legato-page (deleted)")
    equal([found[f].startswith("anon_inode:[eventfd") for f in ("42", "43")], [True, True], found)
    equal(set(inheritable), {True}, "they go through exec")
    equal((listen_pid, count), (str(spawned["main"]), "30"))
    equal(pid, spawned["main"])


def a_number_above_the_limit_is_had(link):
    link.listening(1, UNIX, f"@{os.getpid()}")
    spawned = link.spawn(1, python(LIST), stdout=PIPE, sockets=[(1, 64)], rlimits=[(7, 20, 20)])
    equal("64" in json.loads(said_by(spawned))[0], True)


def bad_numbers_are_refused(link):
    link.listening(1, UNIX, f"@{os.getpid()}.1")
    true = ["/bin/true"]
    before = open_in_init()
    for bad in ([(1, 1)], [(1, 2)], [(1, 5), (1, 5)], [(1, 2 ** 20 + 1)], [(1, 2 ** 31 + 3)], [(1, 2 ** 32 - 1)]):
        equal(link.spawn_fails(1, true, sockets=bad), (STAGE["descriptors"], errno.EINVAL), f"{bad}")
    equal(link.spawn_fails(1, true, sockets=[(1, 0)], stdin=PIPE), (STAGE["descriptors"], errno.EINVAL))
    equal(link.spawn_fails(1, true, sockets=[(2, 3)]), (STAGE["descriptors"], errno.ENOENT))
    equal(link.spawn_fails(1, true, sockets=[(1, n) for n in range(3, 68)]), (STAGE["descriptors"], errno.E2BIG))
    equal(link.spawn_fails(1, true, sockets=[(1, 4)], line=4), (STAGE["notify"], errno.EINVAL))
    equal(link.spawn_fails(1, true, page=5, wake=5), (STAGE["page"], errno.EINVAL))
    equal(link.spawn_fails(1, true, notify="relative"), (STAGE["notify"], errno.EINVAL))
    equal(link.spawn_fails(1, true, notify=path("none/n")), (STAGE["notify"], errno.ENOENT))
    equal(link.spawn_fails(1, ["/nonexistent"], sockets=[(1, 3)], line=4, page=5, wake=6, idle=7, notify=path("n"))[1], errno.ENOENT)
    until(lambda: open_in_init() == before, "nothing stays open")
    equal(os.listdir(DIRECTORY), [], "no name stays behind")
    link.spawn(1, true, sockets=[(1, n) for n in range(3, 67)])


def bad_addresses_are_refused(link):
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    equal(link.listen_fails(1, TCP4, "127.0.0.1", port), (LISTEN["bind"], errno.EADDRINUSE))
    equal(link.listen_fails(1, TCP4, "192.0.2.1", 0), (LISTEN["bind"], errno.EADDRNOTAVAIL))
    for kind, address in ((TCP4, ""), (TCP4, "localhost"), (TCP4, "::1"), (TCP6, "127.0.0.1"), (TCP4, "1" * 300), (UDP6, "::1x"),
                          (UNIX, ""), (UNIX, "@"), (UNIX, "relative"), (UNIX_DGRAM, "x")):
        equal(link.listen_fails(1, kind, address), (LISTEN["address"], errno.EINVAL), address)
    equal(link.listen_fails(1, TCP6, "fe80::1%nowhere"), (LISTEN["address"], errno.ENODEV))
    equal(link.listen_fails(1, UNIX, "/" + "x" * 107), (LISTEN["address"], errno.ENAMETOOLONG))
    equal(link.listen_fails(1, UNIX, "@" + "x" * 108), (LISTEN["address"], errno.ENAMETOOLONG))
    equal(link.listen_fails(1, UNIX, path("none/s")), (LISTEN["bind"], errno.ENOENT))
    equal(link.listen_fails(1, UNIX, "/proc/self/s", options=UNLINK_STALE)[0], LISTEN["bind"])
    equal(link.listen_fails(0, TCP4, "127.0.0.1"), (LISTEN["table"], errno.EINVAL))
    link.listening(1, TCP4, "192.0.2.1", 8000, options=FREEBIND)
    equal(link.listen_fails(1, TCP4, "127.0.0.1"), (LISTEN["table"], errno.EEXIST))
    link.listening(2, TCP6, "2001:db8::1", 8000, options=FREEBIND)
    before = open_in_init()
    equal(link.listen_fails(3, TCP4, "192.0.2.1", 8000, options=FREEBIND), (LISTEN["bind"], errno.EADDRINUSE), "one of our own")
    until(lambda: open_in_init() == before, "no descriptor stays open after a failure")
    long = link.listening(4, UNIX, "@" + "y" * 107)
    link.listening(5, UNIX, path("z" * (107 - len(path("")))))
    equal(inodes_of_unix("@" + "y" * 107), [long["inode"]])
    taken.close()


def inodes_of_unix(name):
    with open("/proc/net/unix", encoding="ascii") as file:
        return [int(line.split()[6]) for line in file if line.rstrip("\n").endswith(" " + name)]


def unix_paths_are_taken_over_with_care(link):
    stale, alive, other, queue = path("stale"), path("alive"), path("file"), path("datagrams")
    socket.socket(socket.AF_UNIX).bind(stale)  # and it is gone at once
    server = socket.socket(socket.AF_UNIX)
    server.bind(alive)
    server.listen(0)
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind(queue)
    with open(other, "w", encoding="ascii") as file:
        file.write("precious")
    os.symlink(other, path("link"))
    equal(link.listen_fails(1, UNIX, stale), (LISTEN["bind"], errno.EADDRINUSE), "unasked it is left alone")
    equal(link.listen_fails(1, UNIX, alive, options=UNLINK_STALE), (LISTEN["stale"], errno.EADDRINUSE))
    clients = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for client in clients:
        client.setblocking(False)
        client.connect_ex(alive)
    equal(link.listen_fails(1, UNIX, alive, options=UNLINK_STALE), (LISTEN["stale"], errno.EADDRINUSE), "with a full queue")
    equal(link.listen_fails(1, UNIX, queue, options=UNLINK_STALE), (LISTEN["stale"], errno.EADDRINUSE))
    equal(link.listen_fails(1, UNIX, other, options=UNLINK_STALE), (LISTEN["stale"], errno.ENOTSOCK))
    equal(link.listen_fails(1, UNIX, path("link"), options=UNLINK_STALE), (LISTEN["stale"], errno.ENOTSOCK))
    equal(open(other, encoding="ascii").read(), "precious")
    held = link.listening(1, UNIX, stale, options=UNLINK_STALE, mode=0o660, uid=NOBODY, gid=1234)
    found = os.stat(stale)
    equal((found.st_mode & 0o7777, found.st_uid, found.st_gid), (0o660, NOBODY, 1234))
    equal(inodes_of_unix(stale), [held["inode"]])
    equal(link.listen_fails(2, UNIX, stale, options=UNLINK_STALE), (LISTEN["stale"], errno.EADDRINUSE), "our own is no stale one")
    equal(link.keyed(CLOSE_SOCKET, 1), 0)
    equal(os.path.exists(stale), False, "removed when it is closed")
    link.listening(1, UNIX, stale, options=UNLINK_STALE)
    os.unlink(stale)
    server.close()
    socket.socket(socket.AF_UNIX).bind(stale)
    equal(link.keyed(CLOSE_SOCKET, 1), 0)
    equal(os.path.exists(stale), True, "another's stays")
    link.listening(3, UNIX_DGRAM, stale, options=UNLINK_STALE, mode=0)
    equal(os.stat(stale).st_mode & 0o7777, 0)


def each_kind_is_what_it_is_called(link):
    wanted = {1: (TCP4, socket.AF_INET, socket.SOCK_STREAM), 2: (TCP6, socket.AF_INET6, socket.SOCK_STREAM), 3: (UDP4, socket.AF_INET, socket.SOCK_DGRAM),
              4: (UDP6, socket.AF_INET6, socket.SOCK_DGRAM), 5: (UNIX, socket.AF_UNIX, socket.SOCK_STREAM), 6: (UNIX_DGRAM, socket.AF_UNIX, socket.SOCK_DGRAM)}
    address = {TCP4: "127.0.0.1", TCP6: "::1", UDP4: "127.0.0.1", UDP6: "::1", UNIX: f"@a{os.getpid()}", UNIX_DGRAM: f"@b{os.getpid()}"}
    held = {key: link.listening(key, kind, address[kind], options=BLOCKING if key == 1 else 0) for key, (kind, _, _) in wanted.items()}
    equal([held[key]["port"] > 0 for key in wanted], [True] * 4 + [False] * 2)
    script = ("import json,os,socket,sys\nr=[]\nfor i in range(6):\n s=socket.socket(fileno=3+i)\n"
              " r.append([s.family,s.type,s.getsockopt(1,30),os.get_blocking(3+i),os.fstat(3+i).st_ino,"
              "s.getsockname() if s.family==1 else s.getsockname()[1]])\nprint(json.dumps(r,default=bytes.decode))")
    spawned = link.spawn(1, python(script), stdout=PIPE, stderr=AS_STDOUT, sockets=[(key, key + 2) for key in wanted])
    found = json.loads(said_by(spawned))
    for key, (kind, family, type_) in wanted.items():
        name = "\0" + address[kind][1:] if family == socket.AF_UNIX else held[key]["port"]
        equal(found[key - 1], [family, type_, type_ == socket.SOCK_STREAM, key == 1, held[key]["inode"], name], f"kind {kind}")


def v6_is_dual_unless_it_is_only(link):
    dual = link.listening(1, TCP6, "::")
    equal(socket.create_connection(("127.0.0.1", dual["port"])).close(), None)
    only = link.listening(2, TCP6, "::", options=V6ONLY)
    socket.create_connection(("::1", only["port"])).close()
    equal(link.listening(3, TCP4, "0.0.0.0", only["port"])["port"], only["port"], "the v4 half is free")
    equal(link.listen_fails(4, TCP4, "0.0.0.0", dual["port"]), (LISTEN["bind"], errno.EADDRINUSE))


def the_table_of_sockets_ends(link):
    for key in range(1, 257):
        link.listening(key, UNIX, f"@{os.getpid()}.{key}")
    equal(link.listen_fails(257, UNIX, "@one.more"), (LISTEN["table"], errno.ENFILE))
    equal(link.keyed(CLOSE_SOCKET, 100), 0)
    link.listening(257, UNIX, f"@{os.getpid()}.257")
    link.hello()
    equal([r["socket"] for r in link.sockets], [k for k in range(1, 258) if k != 100])


def a_new_brain_finds_the_sockets(link):
    note = path("first")
    if first_life(DIRECTORY):
        held = [link.listening(7, TCP6, "::1", options=V6ONLY | BLOCKING), link.listening(9, UNIX, path("s"), options=UNLINK_STALE)]
        spawned = link.spawn(1, python(SERVE, "3", "1"), sockets=[(7, 3)])
        with open(note, "w", encoding="ascii") as file:
            json.dump([*held, spawned], file)
        os.kill(os.getpid(), signal.SIGKILL)
    first, second, spawned = json.load(open(note, encoding="ascii"))
    found = [{k: r[k] for k in ("socket", "kind", "options", "address", "port", "inode")} for r in link.sockets]
    equal(found, [{"socket": 7, "kind": TCP6, "options": V6ONLY | BLOCKING, "address": "::1", "port": first["port"], "inode": first["inode"]},
                  {"socket": 9, "kind": UNIX, "options": UNLINK_STALE, "address": path("s"), "port": 0, "inode": second["inode"]}])
    equal(ask(socket.create_connection(("::1", first["port"]))), spawned["main"])
    equal(link.keyed(CLOSE_SOCKET, 9), 0)
    equal(os.path.exists(path("s")), False)


def sockets_bound_before_become_are_kept(link):
    """So an address may need a privilege that nobody has afterwards."""
    note = path("first")
    if first_life(DIRECTORY):
        with open(note, "w", encoding="ascii") as file:
            json.dump(link.listening(1, TCP4, "127.0.0.1"), file)
        link.become(who=(NOBODY, NOBODY, []))
        raise AssertionError("still there")
    equal(os.geteuid(), NOBODY)
    held = json.load(open(note, encoding="ascii"))
    equal([(r["port"], r["inode"]) for r in link.sockets], [(held["port"], held["inode"])])
    spawned = link.spawn(1, python(SERVE, "3", "1"), sockets=[(1, 3)])
    equal(ask(socket.create_connection(("127.0.0.1", held["port"]))), spawned["main"])


# Says its arguments, one after the other, to the notify socket; waits for a line before each and at the end.
SAY = ("import os,socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\nfor w in sys.argv[2:]:\n sys.stdin.readline()\n"
       " s.sendto(eval(w),sys.argv[1])\nsys.stdin.readline()\n")


def say(spawned):
    with open(f"/proc/{INIT}/fd/{spawned['stdin']}", "wb", buffering=0) as file:
        file.write(b"\n")


def words_are_told_one_at_a_time(link):
    at = path("notify")
    spawned = link.spawn(1, python(SAY, at, "b'STATUS=x\\nREADY=1\\n'", "b'STOPPING=1'", "b'last'"), stdin=PIPE, notify=at, who=(NOBODY, NOBODY, []))
    found = os.stat(at)
    equal((found.st_mode & 0o7777, found.st_uid), (0o600, NOBODY))
    equal(link.hello()[1][0]["ready"], 0)
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], "STATUS=x\nREADY=1\n")
    equal(link.hello()[1][0]["ready"], 1, "kept for the next brain")
    say(spawned)
    link.never("notify", 0.1)
    link.rearm(1, NOTIFY)
    report = link.wait("notify", generation=1)
    equal((report["text"], report["sender"]), ("STOPPING=1", spawned["main"]))
    link.rearm(1, NOTIFY)
    say(spawned)
    say(spawned)
    link.wait("exited", generation=1)
    link.wait("notify", 0, text="last")  # told before the end was
    link.wait("empty", generation=1)
    equal(link.release(1), 0)
    equal(os.path.exists(at), False, "gone with the generation")
    link.rearm(1, NOTIFY)


def words_of_a_grandchild_are_taken(link):
    at = f"@{os.getpid()}.notify"
    script = ("import os,socket,sys,time\nif os.fork(): os.wait(); time.sleep(100)\nif os.fork(): os._exit(0)\nos.setsid()\n"
              "s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.sendto(b'READY=1 '+str(os.getpid()).encode(),'\\0'+sys.argv[1])\ntime.sleep(100)\n")
    link.spawn(1, python(script, at[1:]), notify=at)
    report = link.wait("notify", generation=1)
    equal(report["text"], f"READY=1 {report['sender']}")


def strangers_are_refused(link):
    at = path("notify")
    spawned = link.spawn(1, python(SAY, at, "b'a\\0b'", "b'x'*4097", "b''", "b'x'*4096"), stdin=PIPE, notify=at)
    other = link.spawn(2, python(SAY, at, "b'READY=1'"), stdin=PIPE)
    own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    own.sendto(b"READY=1", at)
    equal(link.wait("notify-refused", generation=1), {"type": "notify-refused", "id": 0, "generation": 1, "sender": os.getpid(), "count": 1})
    say(other)
    equal(link.wait("notify-refused", generation=1)["sender"], other["main"], "another generation")
    say(spawned)
    say(spawned)
    equal(link.wait("notify-refused", generation=1)["count"], 4, "the third is not told")
    say(spawned)
    for _ in range(100):
        own.sendto(b"READY=1", at)  # waits where nobody reads
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], "x" * 4096)
    equal([r["count"] for r in link.seen if r["type"] == "notify-refused"], [8, 16, 32, 64], "told ever more rarely")
    equal(link.hello()[1][0]["ready"], 0)


def a_sender_that_is_gone_is_believed_if_it_is_the_user(link):
    at = path("notify")
    os.chmod(DIRECTORY, 0o777)
    link.spawn(1, ["/bin/sleep", "100"], notify=at, who=(NOBODY, NOBODY, []))
    script = "import os,socket,sys\nos.setuid(int(sys.argv[2]))\nsocket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(sys.argv[3].encode(),sys.argv[1])\n"
    os.chmod(at, 0o666)
    if INIT == 1:
        return  # it cannot be stopped from inside: whether it looks in time would be chance
    os.kill(INIT, signal.SIGSTOP)  # so that they are gone when it looks
    for uid in (1234, NOBODY):
        subprocess.run(python(script, at, str(uid), f"READY=1 {uid}"), check=True)
    os.kill(INIT, signal.SIGCONT)
    equal(link.wait("notify-refused", generation=1)["count"], 1)
    report = link.wait("notify", generation=1)
    equal((report["sender"], report["text"]), (0, f"READY=1 {NOBODY}"))


def descriptors_that_come_with_words_are_closed(link):
    at = path("notify")
    before = open_in_init()
    script = ("import array,os,select,socket,sys\nr,w=os.pipe()\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n"
              "s.sendmsg([b'BARRIER=1'],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array('i',[w]))],0,sys.argv[1])\nos.close(w)\nos.read(r,1)\n")
    link.spawn(1, python(script, at), notify=at)
    equal(link.wait("notify", generation=1)["text"], "BARRIER=1")
    equal(link.wait("exited", generation=1)["status"], 0, "the barrier is open")
    link.wait("empty", generation=1)
    equal(link.release(1), 0)
    until(lambda: open_in_init() == before, "descriptors of init")


def a_newline_is_a_word(link):
    script = "import os,sys\nos.write(9,b'almost')\nsys.stdin.readline()\nos.write(9,b' ready\\nand more')\nsys.stdin.readline()\n"
    spawned = link.spawn(1, python(script), stdin=PIPE, line=9)
    link.never("notify", 0.1)
    equal(link.hello()[1][0]["ready"], 0)
    say(spawned)
    report = link.wait("notify", generation=1)
    equal((report["sender"], report["text"]), (0, "READY=1"))
    equal(link.hello()[1][0]["ready"], 1)
    link.spawn(2, ["/bin/sh", "-c", "exec 9>&-; sleep 100"], line=9)
    link.never("notify", 0.1)
    link.spawn(3, ["/bin/sh", "-c", "echo >&8"], line=8, notify=path("both"))
    link.wait("exited", generation=3)
    link.wait("notify", 0, generation=3)


# Sends its arguments over its channel, descriptor 9; waits for a line before each and at the end. A `->` sends a descriptor along.
SEND = ("import array,os,socket,sys\ns=socket.socket(fileno=9)\nfor w in sys.argv[1:]:\n sys.stdin.readline()\n b=eval(w)\n"
        " if b[:2]==b'->': s.sendmsg([b],[(socket.SOL_SOCKET,socket.SCM_RIGHTS,array.array('i',[0]))])\n else: s.sendall(b)\nsys.stdin.readline()\n")


def lines_of_a_node_child_are_words(link):
    before = open_in_init()
    script = python(SEND, "b'\"re'", "b'ady\"\\n\"second\"\\n\\n\"th'", "b'ird\"\\n'", "b'->\\n\"last\"\\nrest'")
    spawned = link.spawn(1, script, stdin=PIPE, channel=9)
    say(spawned)
    link.never("notify", 0.1)
    say(spawned)
    equal(link.wait("notify", generation=1), {"type": "notify", "id": 0, "generation": 1, "sender": 0, "text": '"ready"'})
    link.never("notify", 0.1)
    link.rearm(1, NOTIFY)
    equal(link.wait("notify", generation=1)["text"], '"second"')
    link.rearm(1, NOTIFY)
    link.never("notify", 0.1)
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], '"third"')
    link.rearm(1, NOTIFY)
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], "->", "the descriptor is dropped")
    link.rearm(1, NOTIFY)
    equal(link.wait("notify", generation=1)["text"], '"last"')
    link.rearm(1, NOTIFY)
    say(spawned)
    link.wait("exited", generation=1)
    link.wait("empty", generation=1)
    equal(link.release(1), 0)
    until(lambda: open_in_init() == before, "descriptors of init")


def bad_lines_of_a_node_child_are_passed_over(link):
    script = python(SEND, "b'x'*4096+b'y\\n'+b'x'*100000+b'\\n'+b'a\\0b\\n'+b'x'*4095+b'\\n'")
    spawned = link.spawn(1, script, stdin=PIPE, channel=9)
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], "x" * 4095, "the last one alone")
    equal(link.spawn_fails(2, ["/bin/true"], channel=2), (STAGE["notify"], errno.EINVAL))
    equal(link.spawn_fails(2, ["/bin/true"], channel=9, line=9), (STAGE["notify"], errno.EINVAL))


def the_channel_of_a_node_child_outlives_a_brain_and_its_own_end(link):
    note = path("first")
    if first_life(DIRECTORY):
        with open(note, "w", encoding="ascii") as file:
            json.dump(link.spawn(1, python(SEND, "b'\"one\"\\n\"tw'", "b'o\"\\n'"), stdin=PIPE, channel=9), file)
        say(json.load(open(note, encoding="ascii")))
        link.wait("notify", text='"one"')
        link.rearm(1, NOTIFY)
        os.kill(os.getpid(), signal.SIGKILL)
    spawned = json.load(open(note, encoding="ascii"))
    link.rearm(1, NOTIFY)
    say(spawned)
    equal(link.wait("notify", generation=1)["text"], '"two"', "the half that came before is not lost")
    link.spawn(2, ["/bin/sh", "-c", "exec 9>&-; read x; echo y"], stdin=PIPE, stdout=PIPE, channel=9)
    link.never("notify", 0.1)
    link.rearm(2, NOTIFY)
    equal(link.hello()[1][1]["life"], 0, "it has closed its end, and lives")


def words_wait_for_a_brain(link):
    at = path("notify")
    if first_life(DIRECTORY):
        script = SAY.replace("import os", "import os,time").replace("sys.stdin.readline()\n s.", "\n while not os.path.exists(sys.argv[1]+'.go'): time.sleep(0.01)\n s.")
        link.spawn(1, python(script, at, "b'READY=1'"), notify=at, line=5)
        os.kill(os.getpid(), signal.SIGKILL)
    with open(at + ".go", "w", encoding="ascii"):
        link.never("notify", 0.1)
    link.rearm(1, NOTIFY)
    equal(link.wait("notify", generation=1)["text"], "READY=1")


def a_lost_generation_is_still_heard(link):
    at = path("notify")
    spawned = link.spawn(1, python(SAY, at, "b'READY=1'", "b'again'"), stdin=PIPE, notify=at, line=9)
    os.kill(spawned["shim"], signal.SIGKILL)
    link.wait("shim-lost", generation=1)
    say(spawned)
    equal(link.wait("notify", generation=1)["sender"], spawned["main"])
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", at)
    link.rearm(1, NOTIFY)
    equal(link.wait("notify-refused", generation=1)["sender"], os.getpid())


def stopped_names_are_removed_with_a_failed_spawn(link):
    equal(link.spawn_fails(1, ["/nonexistent"], notify=path("n"))[1], errno.ENOENT)
    equal(os.path.exists(path("n")), False)
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(path("n"))
    link.spawn(1, ["/bin/sleep", "100"], notify=path("n"))
    equal(link.spawn_fails(2, ["/bin/true"], notify=path("n")), (STAGE["notify"], errno.EADDRINUSE))


# Writes into its page what its arguments say, as OFFSET:FORMAT:VALUE (VALUE may be `pid`), then waits.
WRITE = ("import mmap,os,struct,sys,time\nm=mmap.mmap(int(sys.argv[1]),4096)\nprint(m[:16].hex(),flush=True)\n"
         "for a in sys.argv[3:]:\n o,f,v=a.split(':',2)\n v=os.getpid() if v=='pid' else v.encode() if 's' in f else int(v)\n struct.pack_into(f,m,int(o),v)\n"
         "print('up',flush=True)\n"
         "while sys.stdin.readline():\n struct.pack_into('I',m,132,0)\n os.write(int(sys.argv[2]),b'\\1'+bytes(7))\n")


def hear(spawned, lines):
    with open(f"/proc/{INIT}/fd/{spawned['stdout']}", "rb", buffering=0) as file:
        data = b""
        while data.count(b"\n") < lines:
            data += file.read(4096)
    return data.decode().split()


def a_page_is_made_and_read(link):
    spawned = link.spawn(1, python(WRITE, "7", "9", "16:I:1", "20:I:2", "28:I:3", "32:Q:5000000000", "40:I:6", "48:20s:tcp:[::]:8000",
                                   "128:I:pid", "132:I:2", "144:I:pid", "148:I:3"), stdin=PIPE, stdout=PIPE, page=7, wake=8, idle=9)
    equal(hear(spawned, 2), [struct.pack("<IIII", 0x4144474C, 2, 248, 0).hex(), "up"])
    used = link.usage(1)
    equal({k: used[k] for k in used if k not in ("type", "id", "generation")},
          {"binds": 1, "listens": 2, "accepted": 5000000000, "open": 5, "accepting": 0, "refusals": 6, "misses": 3, "facts": 0, "missed": "tcp:[::]:8000"})
    link.spawn(2, ["/bin/sleep", "100"])
    equal(link.keyed(QUIET, 2), errno.ENODATA)
    equal(link.keyed(QUIET, 3), errno.ENOENT)
    equal(link.wait("result", id=link.send(0x33, struct.pack("<I", 2)))["errno"], errno.ENODATA)
    equal(link.wait("result", id=link.send(0x33, struct.pack("<I", 3)))["errno"], errno.ENOENT)


def a_quiet_generation_tells_when_it_is_idle(link):
    """Slot 0 holds a connection, which a line of input closes; slot 1 belongs to no process that lives."""
    spawned = link.spawn(1, python(WRITE, "7", "9", "132:I:1", "144:I:4194303", "148:I:5"), stdin=PIPE, stdout=PIPE, page=7, wake=8, idle=9)
    hear(spawned, 2)
    equal(link.usage(1)["open"], 1, "what a dead process holds is not counted")
    equal(link.keyed(QUIET, 1), 0)
    with open(f"/proc/{spawned['main']}/fd/7", "rb") as page:
        equal(struct.unpack_from("<IIII", page.read(16))[3], 1, "quiet")
    with open(f"/proc/{spawned['main']}/fdinfo/8", encoding="ascii") as info:
        equal([line.split()[1] for line in info if line.startswith("eventfd-count")], ["1"], "woken")
    link.never("drained", 0.3)
    equal(link.usage(1)["facts"], 1)
    say(spawned)
    link.wait("drained", generation=1)
    equal(link.usage(1)["facts"], 3)
    link.never("drained", 0.2)
    equal(link.keyed(QUIET, 1), 0)
    link.wait("drained", generation=1)


def gate_of(spawned):
    with open(f"/proc/{spawned['main']}/fd/7", "rb") as page:
        return struct.unpack_from("<IIII", page.read(16))[3]


def rung(spawned, number):
    with open(f"/proc/{spawned['main']}/fdinfo/{number}", encoding="ascii") as info:
        return [line.split()[1] for line in info if line.startswith("eventfd-count")] != ["0"]


def a_held_generation_is_let_go_once(link):
    spawned = link.spawn(1, ["/bin/sleep", "100"], page=7, wake=8, idle=9, go=10)
    equal((gate_of(spawned), rung(spawned, 8), rung(spawned, 10)), (2, False, False), "held")
    equal(link.keyed(GO, 1), 0)
    equal((gate_of(spawned), rung(spawned, 8), rung(spawned, 10)), (0, False, True), "open")
    equal(link.keyed(GO, 1), 0)
    equal(link.keyed(QUIET, 1), 0)
    equal((gate_of(spawned), rung(spawned, 8)), (1, True), "quiet")
    equal(link.keyed(GO, 1), 0)
    equal(gate_of(spawned), 1, "who is quiet stays so")


def a_held_generation_is_quieted_unserved(link):
    spawned = link.spawn(1, ["/bin/sleep", "100"], page=7, wake=8, idle=9, go=10)
    equal(link.keyed(QUIET, 1), 0)
    equal((gate_of(spawned), rung(spawned, 8), rung(spawned, 10)), (1, True, True), "whoever is held waits for go")
    link.wait("drained", generation=1)


def go_of_what_is_not_held_changes_nothing(link):
    spawned = link.spawn(1, ["/bin/sleep", "100"], page=7, wake=8, idle=9)
    equal(gate_of(spawned), 0)
    equal(link.keyed(GO, 1), 0)
    link.spawn(2, ["/bin/sleep", "100"])
    equal(link.keyed(GO, 2), errno.ENODATA)
    equal(link.keyed(GO, 3), errno.ENOENT)
    equal(link.spawn_fails(4, ["/bin/true"], page=5, go=5), (STAGE["page"], errno.EINVAL))


def a_death_makes_a_generation_idle(link):
    """Nobody tells init: a worker with a connection is killed and stays defunct."""
    script = WRITE.replace("for a in", "w=os.fork()\nif w==0: time.sleep(100)\nprint(w,flush=True)\nstruct.pack_into('II',m,144,w,1)\nfor a in")
    spawned = link.spawn(1, python(script, "7", "9"), stdin=PIPE, stdout=PIPE, page=7)
    worker = int(hear(spawned, 3)[1])
    equal(link.keyed(QUIET, 1), 0)
    link.never("drained", 0.3)
    os.kill(worker, signal.SIGKILL)
    link.wait("drained", generation=1)
    equal(stat_of(worker)[0], "Z")


def a_page_cannot_be_shrunk(link):
    script = "import os\ntry:\n os.ftruncate(7,0)\nexcept PermissionError: print('refused',flush=True)\n"
    spawned = link.spawn(1, python(script), stdout=PIPE, page=7)
    equal(said_by(spawned), b"refused\n")
    link.wait("empty", generation=1)
    equal(len(eventfds_of_init()), 2)
    link.usage(1)
    equal(link.keyed(QUIET, 1), 0)
    equal(link.release(1), 0)
    until(lambda: eventfds_of_init() == [], "they are closed with the generation")


def many_with_everything(link):
    before = open_in_init()
    link.listening(1, UNIX, f"@{os.getpid()}")
    for i in range(1, 101):
        link.send(0x10, spawn_payload(i, ["/bin/sleep", "100"], sockets=[(1, 3), (1, 200)], notify=path(str(i)), line=4, page=197, wake=198, idle=199, go=196 if i % 2 else -1))
    for i in range(1, 101):
        link.wait("spawned", generation=i)
        equal(link.keyed(QUIET, i), 0)
        link.wait("drained", generation=i)
        equal(link.signal(i, TREE, signal.SIGKILL)[0], 0)
        link.wait("empty", generation=i)
        equal(link.release(i), 0)
    equal(os.listdir(DIRECTORY), [])
    until(lambda: open_in_init() == before + 1, "all descriptors are closed")
    with open(f"/proc/{INIT}/maps", encoding="ascii") as maps:
        equal([line for line in maps if "legato-page" in line], [], "no page is mapped")


SCENARIOS = scenarios_of(globals())

if __name__ == "__main__":
    NAME, DIRECTORY = sys.argv[1:3]

    def greeted(link):
        link.hello()
        SCENARIOS[NAME](link)

    play(NAME, greeted)
