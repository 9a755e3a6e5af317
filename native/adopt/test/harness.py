"""legato-init's part in adopt's contract (docs/adopt.md), played with the standard library; and what its tests have in common.

Holds the sockets, starts generations of a server with the library preloaded, sets quiet, waits until a generation is idle
and then tells it to end.
"""

import contextlib
import ctypes
import fcntl
import json
import mmap
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, '..', '..', '..'))
LIBRARY = os.path.join(ROOT, 'build', 'libadopt-glibc.so')
NODE = os.path.join(ROOT, 'node_modules', '.bin', 'node')
SERVERS = os.path.join(HERE, 'servers')
MAGIC, VERSION, SLOTS, PAGE, HEADER = 0x4144474C, 2, 248, 4096, 128
PYTHON = '/usr/bin/python3'
# Seconds for what has to come: many times what a slow machine needs, which may have to start Python for it.
PATIENCE = 60.0
# What a test's own program begins with.
PRELUDE = '''
import ctypes, errno, fcntl, os, select, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def say(*words): os.write(1, (' '.join(map(str, words)) + chr(10)).encode())
def code(call, *arguments):
    try: call(*arguments); return 'ok'
    except OSError as error: return errno.errorcode[error.errno]
def bound(port, host='127.0.0.1', family=socket.AF_INET, **options):
    s = socket.socket(family)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, options.get('v6only', 0))
    s.bind((host, port))
    return s
def listening(port):
    s = bound(port); s.listen(7); return s
def wait(): sys.stdin.readline()
'''
# How programs wait for a listener `s`.
LOOPS = {
    'epoll': "e = select.epoll(); e.register(s, select.EPOLLIN); wake = lambda: e.poll()",
    'epoll edge': "e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLET); wake = lambda: e.poll()",
    'epoll exclusive': "e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLEXCLUSIVE); wake = lambda: e.poll()",
    'poll': "e = select.poll(); e.register(s, select.POLLIN); wake = lambda: e.poll()",
    'select': "wake = lambda: select.select([s], [], [])",
}


def wait_until(what, check, seconds=PATIENCE):
    """Waits for evidence, looking every 2 ms."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError('timed out: ' + what)
        time.sleep(0.002)


class Holder:
    """The listening sockets, as legato-init holds them."""

    def __init__(self):
        self.sockets = {}

    def tcp(self, host='127.0.0.1', port=0, v6only=False):
        v6 = ':' in host
        s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if v6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(v6only))
        s.bind((host, port))
        return self._hold(s, ('tcp:[%s]:%d' if v6 else 'tcp:%s:%d') % s.getsockname()[:2])

    def unix(self, path):
        s = socket.socket(socket.AF_UNIX)
        s.bind(path)
        return self._hold(s, 'unix:' + path)

    def udp(self, host='127.0.0.1', port=0):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((host, port))
        s.setblocking(False)
        self.sockets['udp:%s:%d' % s.getsockname()] = s
        return s

    def _hold(self, s, name):
        s.listen(1024)
        s.setblocking(False)
        self.sockets[name] = s
        return s

    def close(self):
        for s in self.sockets.values():
            s.close()


class Generation:
    """One life of a server, on the holder's sockets."""

    def __init__(self, holder, argv, env=None, library=LIBRARY, held=False, given=(), **options):
        self.page_fd = os.memfd_create('adopt')
        os.ftruncate(self.page_fd, PAGE)
        self.page = mmap.mmap(self.page_fd, PAGE)
        self.page[0:12] = struct.pack('<III', MAGIC, VERSION, SLOTS)
        self.wake = os.eventfd(0, os.EFD_NONBLOCK)
        self.idle = os.eventfd(0, os.EFD_NONBLOCK)
        self.go_on = os.eventfd(0, os.EFD_NONBLOCK)
        if held:
            self.page[12:16] = struct.pack('<I', 2)
        numbers = {name: 200 + i for i, name in enumerate(holder.sockets)}
        plan = {numbers[name]: s.fileno() for name, s in holder.sockets.items()}
        plan.update({230: self.page_fd, 231: self.wake, 232: self.idle, 233: self.go_on})
        # As LISTEN_FDS hands them on: the holder's sockets once more, from 3 up.
        plan.update({3 + i: holder.sockets[name].fileno() for i, name in enumerate(given)})
        environment = {
            **{k: v for k, v in os.environ.items() if k != 'LD_PRELOAD'},
            'PATH': '/usr/sbin:/usr/bin:/sbin:/bin',
            'LD_PRELOAD': library,
            'LEGATO_ADOPT': ';'.join('%s=%d' % (name, fd) for name, fd in numbers.items()),
            'LEGATO_ADOPT_PAGE': '230,231,232,233',
            **({'LEGATO_ADOPT_GIVEN': 'nonblock', 'LISTEN_FDS': str(len(given))} if given else {}),
            **(env or {}),
        }

        def place():
            os.setsid()
            # Numbers from 3 up are in use here: no source is overwritten before it is copied.
            aside = {target: fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, 300) for target, source in plan.items()}
            for target, source in aside.items():
                os.dup2(source, target)

        self.process = subprocess.Popen(argv, env=environment, preexec_fn=place, close_fds=False, **options)

    def word(self, offset):
        return struct.unpack_from('<I', self.page, offset)[0]

    gate = property(lambda self: self.word(12))
    binds = property(lambda self: self.word(16))
    listens = property(lambda self: self.word(20))
    moves = property(lambda self: self.word(24))
    misses = property(lambda self: self.word(28))
    accepted = property(lambda self: struct.unpack_from('<Q', self.page, 32)[0])
    refusals = property(lambda self: self.word(40))
    missed = property(lambda self: self.page[48:128].split(b'\0')[0].decode())

    def slots(self):
        """(pid, open, accepting) of every slot that counts."""
        for i in range(SLOTS):
            pid, count, accepting = struct.unpack_from('<III', self.page, HEADER + 16 * i)
            if i == 0 or (pid != 0 and lives(pid)):
                # accepting is to be read before open; Python's two reads are of one copy, so read open again.
                yield pid, struct.unpack_from('<I', self.page, HEADER + 16 * i + 4)[0], accepting

    def open(self):
        return sum(slot[1] for slot in self.slots())

    def is_idle(self):
        before = self.moves
        if any(accepting or count for _, count, accepting in self.slots()):
            return False
        return self.moves == before

    def ready(self, listens=1, seconds=PATIENCE):
        def check():
            if self.process.poll() is not None:
                raise AssertionError('%s ended: %s' % (self.process.args, self.process.returncode))
            return self.listens >= listens

        wait_until('listen() of %s' % self.process.args, check, seconds)

    def go(self):
        """A held generation accepts from here on."""
        struct.pack_into('<I', self.page, 12, 0)
        os.eventfd_write(self.go_on, 1)

    def quiet(self):
        """From here on the generation takes no connection. The barrier makes the store visible before we look."""
        struct.pack_into('<I', self.page, 12, 1)
        os.eventfd_write(self.wake, 1)
        os.eventfd_write(self.go_on, 1)
        # membarrier(MEMBARRIER_CMD_GLOBAL): Python has no sequentially consistent store.
        ctypes.CDLL(None).syscall(324, 1, 0, 0)

    def wait_idle(self, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not self.is_idle():
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError('not idle: %s' % list(self.slots()))
            # The deaths of processes are not told: look again every 50 ms, as legato-init does while it drains.
            if select.select([self.idle], [], [], min(left, 0.05))[0]:
                os.eventfd_read(self.idle)

    def end(self, number=signal.SIGTERM, seconds=10):
        """Ends the whole session; the main process first."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.page.close()
        for fd in (self.page_fd, self.wake, self.idle, self.go_on):
            os.close(fd)


class Load:
    """The load generator (test/support/load) in its own process."""

    def __init__(self, url=None, unix=None, mode='close', concurrency=16, timeout=60000):
        where = ['--url', url] if url else ['--unix', unix]
        self.process = subprocess.Popen(
            [NODE, os.path.join(ROOT, 'test', 'support', 'load', 'main.ts'), *where, '--mode', mode]
            + ['--concurrency', str(concurrency), '--timeout', str(timeout)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self):
        self.process.terminate()
        out, err = self.process.communicate(timeout=300)
        result = json.loads(out)
        result['summary'] = err.strip()
        return result


@contextlib.contextmanager
def strict_clients(port, count=8):
    """Clients that never try again, one connection a request; yields the list of what went wrong."""
    failed = []
    stop = threading.Event()

    def requests():
        while not stop.is_set():
            try:
                with socket.create_connection(('127.0.0.1', port), PATIENCE) as s:
                    if s.recv(1) != b'x':
                        failed.append('cut')
            except OSError as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=requests) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def stat(pid):
    """The fields of /proc/PID/stat from the state on; none of a process that is gone."""
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rsplit(')', 1)[1].split()
    except OSError:
        return []


def lives(pid):
    """A defunct process holds no descriptor."""
    return (stat(pid) or ['Z'])[0] not in 'ZX'


def cpu_ticks(pid):
    fields = stat(pid)
    return int(fields[11]) + int(fields[12])


class Case(unittest.TestCase):
    """A test with a holder and a directory of its own; what it starts ends with it."""

    def setUp(self):
        self.holder = Holder()
        self.addCleanup(self.holder.close)
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def start(self, argv, **options):
        generation = Generation(
            self.holder, argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.directory, **options
        )

        # A line that never comes ends the test here, not by the patience of whoever runs it; a slow machine needs a minute for 600 forks.
        watch = threading.Timer(300, generation.process.kill)
        watch.start()

        def end():
            watch.cancel()
            generation.end(signal.SIGKILL)
            generation.process.stdin.close()
            generation.process.stdout.close()

        self.addCleanup(end)
        return generation

    def python(self, code, **options):
        return self.start([PYTHON, '-c', PRELUDE + code], **options)

    def line(self, generation):
        return generation.process.stdout.readline().strip()

    def go_on(self, generation):
        generation.process.stdin.write('\n')
        generation.process.stdin.flush()

    def connect(self, port):
        s = socket.create_connection(('127.0.0.1', port), PATIENCE)
        self.addCleanup(s.close)
        return s

    def hold(self, **options):
        s = self.holder.tcp(**options)
        return s, s.getsockname()[1]


if __name__ == '__main__':
    sys.exit('a module: run test_*.py')
