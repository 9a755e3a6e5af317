"""The brain's end of the link (docs/protocol.md), as small as tests need it. Run below legato-init: the link is descriptor 3."""

import os
import select
import socket
import struct
import time

MAIN, GROUP, ROOTS, TREE = range(4)
STDIN, STDOUT, STDERR, NOTIFY = range(4)
NULL, PIPE, AS_STDOUT = range(3)
TCP4, TCP6, UDP4, UDP6, UNIX, UNIX_DGRAM = range(6)
V6ONLY, FREEBIND, BLOCKING, UNLINK_STALE = 1, 2, 4, 8
AS_IS = 2 ** 32 - 1
VERSION = 9
PATIENCE = 60.0


def text(value):
    value = os.fsencode(value)
    return struct.pack("<I", len(value)) + value


def texts(values):
    return struct.pack("<I", len(values)) + b"".join(text(v) for v in values)


def numbers(values):
    return struct.pack("<I", len(values)) + b"".join(struct.pack("<I", v) for v in values)


def identity(who):
    if who is None:
        return struct.pack("<BII", 0, 0, 0) + numbers([])
    uid, gid, groups = who
    return struct.pack("<BII", 1, uid, gid) + numbers(groups)


def spawn_payload(generation, argv, title=None, stdin=NULL, stdout=NULL, stderr=NULL, who=None, umask=-1, rlimits=(), cwd="", exe=None, env=(),
                  sockets=(), notify="", line=-1, page=-1, wake=-1, idle=-1, go=-1, channel=-1):
    return b"".join([
        struct.pack("<I", generation), text(title or f"test #{generation}"), struct.pack("<BBB", stdin, stdout, stderr),
        identity(who), struct.pack("<i", umask), struct.pack("<I", len(rlimits)),
        b"".join(struct.pack("<IQQ", *limit) for limit in rlimits), text(cwd), text(exe or argv[0]), texts(argv), texts(list(env)),
        struct.pack("<I", len(sockets)), b"".join(struct.pack("<II", *handed) for handed in sockets),
        text(notify), struct.pack("<iiiiii", line, page, wake, idle, go, channel),
    ])


def take_text(body):
    (length,) = struct.unpack_from("<I", body)
    return os.fsdecode(body[4:4 + length]), body[4 + length:]


def record(layout, names):
    return lambda body: dict(zip(names.split(), struct.unpack(layout, body)))


def read_generation(body):
    (generation,) = struct.unpack_from("<I", body)
    title, rest = take_text(body[4:])
    fields = record("<BIIiQiiiBQB", "life shim main status started stdin stdout stderr ready ended poured")(rest)
    return {"generation": generation, "title": title, **fields}


def read_socket(body):
    address, rest = take_text(body[6:])
    return {**record("<IBB", "socket kind options")(body[:6]), "address": address, **record("<HQ", "port inode")(rest)}


def read_memo(body):
    key, rest = take_text(body)
    said, rest = take_text(rest)
    assert not rest
    return {"key": key, "text": said}


def read_farewell(body):
    words, rest = take_text(body[5:])
    assert not rest
    return {**record("<iB", "status hung")(body[:5]), "words": words}


def read_notify(body):
    said, rest = take_text(body[8:])
    assert not rest
    return {**record("<II", "generation sender")(body[:8]), "text": said}


def read_used(body):
    missed, rest = take_text(body[37:])
    assert not rest
    return {**record("<IIIQIIIIB", "generation binds listens accepted open accepting refusals misses facts")(body[:37]), "missed": missed}


REPORTS = {
    0x81: ("hello", record("<HIBQ", "version pid facts nofile")),
    0x82: ("generation", read_generation),
    0x83: ("snapshot-end", record("<", "")),
    0x84: ("result", record("<iI", "errno count")),
    0x86: ("memo", read_memo),
    0x8E: ("farewell", read_farewell),
    0x8F: ("ping", record("<", "")),
    0x88: ("refused", lambda body: {"reason": take_text(body)[0]}),
    0x87: ("replaced", record("<Bi", "outcome code")),
    0x90: ("spawned", record("<IIIQiii", "generation shim main started stdin stdout stderr")),
    0x91: ("spawn-failed", record("<IBi", "generation stage errno")),
    0x92: ("exited", record("<IiQQQB", "generation status user system maxrss unread")),
    0x93: ("empty", record("<IIB", "generation orphans unread")),
    0x94: ("received", record("<BI", "signal generation")),
    0x95: ("reaped", record("<IIi", "count pid status")),
    0x96: ("readable", record("<IB", "generation stream")),
    0x97: ("shim-lost", record("<I", "generation")),
    0x98: ("left", record("<II", "generation pid")),
    0x85: ("socket", read_socket),
    0xB0: ("log-full", record("<II", "log turn")),
    0xB1: ("log-trouble", record("<IiQ", "log errno lost")),
    0xB2: ("logger-lost", record("<B", "logger")),
    0xA0: ("listening", record("<IHQ", "socket port inode")),
    0xA1: ("listen-failed", record("<IBi", "socket stage errno")),
    0xA2: ("notify", read_notify),
    0xA3: ("notify-refused", record("<III", "generation sender count")),
    0xA4: ("used", read_used),
    0xA5: ("drained", record("<I", "generation")),
}


class Broken(Exception):
    """The link has ended."""


class Link:
    def __init__(self):
        self.socket = socket.socket(fileno=3)
        self.input = b""
        self.seen = []
        self.next_id = 1
        self.sockets = []

    def send(self, kind, payload=b""):
        request = self.next_id
        self.next_id += 1
        self.socket.sendall(struct.pack("<IHHI", len(payload), kind, 0, request) + payload)
        return request

    def raw(self, data):
        self.socket.sendall(data)

    def receive(self, timeout):
        """One more frame into `seen`; False when none came in time."""
        until = time.monotonic() + timeout
        while True:
            if len(self.input) >= 12:
                length, kind, _, request = struct.unpack_from("<IHHI", self.input)
                if len(self.input) >= 12 + length:
                    body, self.input = self.input[12:12 + length], self.input[12 + length:]
                    name, read = REPORTS[kind]
                    self.seen.append({"type": name, "id": request, **read(body)})
                    return True
            left = until - time.monotonic()
            if left < 0 or not select.select([self.socket], [], [], left)[0]:
                return False
            data = self.socket.recv(65536)
            if not data:
                raise Broken
            self.input += data

    def wait(self, name, timeout=PATIENCE, **fields):
        """The first report not yet taken that matches; it is taken."""
        until = time.monotonic() + timeout
        while True:
            for i, report in enumerate(self.seen):
                if report["type"] == name and all(report.get(k) == v for k, v in fields.items()):
                    return self.seen.pop(i)
            if not self.receive(max(0, until - time.monotonic())):
                raise AssertionError(f"no {name} {fields} within {timeout} s; seen: {self.seen}")

    def never(self, name, within, **fields):
        try:
            found = self.wait(name, within, **fields)
        except AssertionError:
            return
        raise AssertionError(f"unexpected {found}")

    def hello(self, version=VERSION):
        request = self.send(0x01, struct.pack("<H", version))
        greeting = self.wait("hello", id=request)
        generations = []
        if version == VERSION:
            self.wait("snapshot-end", id=request)
            generations = [r for r in self.seen if r["type"] == "generation" and r["id"] == request]
            self.sockets = [r for r in self.seen if r["type"] == "socket" and r["id"] == request]
            self.memos = {r["key"]: r["text"] for r in self.seen if r["type"] == "memo" and r["id"] == request}
            self.farewell = next((r for r in self.seen if r["type"] == "farewell"), None)
            self.replaced = [(r["outcome"], r["code"]) for r in self.seen if r["type"] == "replaced"]
            self.seen = [r for r in self.seen if r["id"] != request]
        return greeting, generations

    def watchdog(self, limit_ms):
        self.send(0x60, struct.pack("<I", limit_ms))

    def alive(self):
        self.send(0x61)

    def memo(self, key, said):
        return self.send(0x50, text(key) + text(said))

    def step(self, *frames, cut=0):
        """Sends whole frames (kind, payload) as one step, without its last `cut` bytes."""
        whole = b"".join(struct.pack("<IHHI", len(payload), kind, 0, 900 + i) + payload for i, (kind, payload) in enumerate(frames))
        whole = struct.pack("<IHHII", 4, 0x51, 0, 899, len(whole)) + whole
        self.raw(whole[:len(whole) - cut])

    def spawn(self, generation, argv, **options):
        request = self.send(0x10, spawn_payload(generation, argv, **options))
        return self.wait("spawned", id=request, generation=generation)

    def spawn_fails(self, generation, argv, **options):
        request = self.send(0x10, spawn_payload(generation, argv, **options))
        failed = self.wait("spawn-failed", id=request, generation=generation)
        return failed["stage"], failed["errno"]

    def signal(self, generation, whom, number, cont=False):
        request = self.send(0x11, struct.pack("<IBBB", generation, whom, number, cont))
        result = self.wait("result", id=request)
        return result["errno"], result["count"]

    def signal_one(self, generation, pid, born, number, cont=False, watch=False):
        request = self.send(0x15, struct.pack("<IIQBBB", generation, pid, born, number, cont, watch))
        result = self.wait("result", id=request)
        return result["errno"], result["count"]

    def listen(self, key, kind, address, port=0, options=0, backlog=128, uid=AS_IS, gid=AS_IS, mode=AS_IS):
        return self.send(0x30, struct.pack("<IBB", key, kind, options) + text(address) + struct.pack("<HIIII", port, backlog, uid, gid, mode))

    def listening(self, key, *address, **options):
        return self.wait("listening", id=self.listen(key, *address, **options), socket=key)

    def listen_fails(self, key, *address, **options):
        failed = self.wait("listen-failed", id=self.listen(key, *address, **options), socket=key)
        return failed["stage"], failed["errno"]

    def keyed(self, kind, key):
        """close-socket, quiet: the errno."""
        return self.wait("result", id=self.send(kind, struct.pack("<I", key)))["errno"]

    def usage(self, generation):
        return self.wait("used", id=self.send(0x33, struct.pack("<I", generation)), generation=generation)

    def rearm(self, generation, stream):
        self.send(0x12, struct.pack("<IB", generation, stream))

    def close_stream(self, generation, stream):
        self.send(0x13, struct.pack("<IB", generation, stream))

    def release(self, generation):
        request = self.send(0x14, struct.pack("<I", generation))
        return self.wait("result", id=request)["errno"]

    def log(self, key, turn, path, limit=0, logger=0):
        """Gives a logger a file, which stays open here; answers it and the errno."""
        file = open(path, "ab")
        stat = os.fstat(file.fileno())
        request = self.send(0x64, struct.pack("<IIBiQQQ", key, turn, logger, file.fileno(), stat.st_dev, stat.st_ino, limit))
        return file, self.wait("result", id=request)["errno"]

    def pour(self, generation, stream, log, logger=0):
        return self.wait("result", id=self.send(0x65, struct.pack("<IBBI", generation, stream, logger, log)))["errno"]

    def give_back(self, generation, stream):
        return self.wait("result", id=self.send(0x66, struct.pack("<IB", generation, stream)))["errno"]

    def close_log(self, log, logger=0):
        self.send(0x67, struct.pack("<IB", log, logger))

    def become(self, detach=False, who=None, umask=0o22):
        request = self.send(0x20, struct.pack("<B", detach) + identity(who) + struct.pack("<I", umask))
        return self.wait("result", id=request)["errno"]

    def replace(self, command, former, init=""):
        """The errno."""
        return self.wait("result", id=self.send(0x70, text(init) + texts(command) + texts(former)))["errno"]

    def replace_refused(self, command, former, init):
        """Why."""
        return self.wait("refused", id=self.send(0x70, text(init) + texts(command) + texts(former)))["reason"]

    def settled(self):
        self.send(0x71)

    def shutdown(self, code, grace_ms=2000):
        self.send(0x21, struct.pack("<BI", code, grace_ms))
