"""What adopt promises (docs/adopt.md), one promise a test. Run by `python3 native/adopt/test/test_adopt.py`."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import LIBRARY, ROOT, SERVERS, Generation, Holder, cpu_ticks, wait_until

PYTHON = '/usr/bin/python3'
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


class Case(unittest.TestCase):
    def setUp(self):
        self.holder = Holder()
        self.addCleanup(self.holder.close)
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def start(self, argv, **options):
        generation = Generation(
            self.holder, argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.directory, **options
        )

        # A line that never comes ends the test here, not by the patience of whoever runs it.
        watch = threading.Timer(30, generation.process.kill)
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
        s = socket.create_connection(('127.0.0.1', port), 5)
        self.addCleanup(s.close)
        return s

    def hold(self, **options):
        s = self.holder.tcp(**options)
        return s, s.getsockname()[1]


class Binding(Case):
    def test_declared_address_is_given_the_held_socket(self):
        held, port = self.hold()
        g = self.python('s = listening(%d); say(os.fstat(s.fileno()).st_ino, s.getsockname()); wait()' % port)
        self.assertEqual(self.line(g), "%d ('127.0.0.1', %d)" % (os.fstat(held.fileno()).st_ino, port))
        self.assertEqual((g.binds, g.listens, g.misses), (1, 1, 0))

    def test_close_on_exec_and_blocking_stay_the_programs_own(self):
        held, port = self.hold()
        g = self.python(
            '''
s = listening(%d)
flags = lambda: bool(fcntl.fcntl(s, fcntl.F_GETFL) & os.O_NONBLOCK)
say(fcntl.fcntl(s, fcntl.F_GETFD), flags())
s.setblocking(False); say(flags(), code(s.accept))
s.setblocking(True); say(flags())
fcntl.fcntl(s, fcntl.F_SETFL, os.O_NONBLOCK); say(flags(), code(s.accept))
t = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK); t.setblocking(False); t.bind(('127.0.0.1', %d))
say(bool(fcntl.fcntl(t, fcntl.F_GETFL) & os.O_NONBLOCK))
wait()'''
            % (port, port)
        )
        lines = [self.line(g) for _ in range(5)]
        self.assertEqual(lines, ['1 False', 'True EAGAIN', 'False', 'True EAGAIN', 'True'])
        self.assertFalse(held.getblocking())

    def test_twice_in_one_process_and_after_close(self):
        held, port = self.hold()
        g = self.python(
            '''
a = listening(%d); b = listening(%d); same = os.fstat(a.fileno()).st_ino == os.fstat(b.fileno()).st_ino
a.close(); b.close(); c = listening(%d); say(same); c.accept(); say('accepted')'''
            % (port, port, port)
        )
        self.assertEqual(self.line(g), 'True')
        self.connect(port)
        self.assertEqual(self.line(g), 'accepted')
        self.assertEqual(held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), 1)

    def test_in_several_processes(self):
        _, port = self.hold()
        g = self.python(
            '''
for i in range(3):
    if os.fork() == 0:
        s = listening(%d); say('up'); s.accept()[0].send(b'%%d' %% i); time.sleep(60)
say('up'); wait()'''
            % port
        )
        self.assertEqual([self.line(g) for _ in range(4)], ['up'] * 4)
        served = sorted(self.connect(port).recv(1) for _ in range(3))
        self.assertEqual(served, [b'0', b'1', b'2'])

    def test_other_addresses_pass_untouched(self):
        _, port = self.hold()
        other, free = Holder().tcp(), None
        free = other.getsockname()[1]
        other.close()
        g = self.python("say(code(bound, %d), code(bound, 0), code(bound, %d, '127.0.0.2'))" % (free, port))
        self.assertEqual(self.line(g), 'ok ok ok')
        self.assertEqual((g.binds, g.misses, g.missed), (0, 1, 'tcp:127.0.0.2:%d' % port))

    def test_a_wider_or_narrower_address_is_refused_and_named(self):
        _, port = self.hold()
        g = self.python("say(code(bound, %d, '0.0.0.0')); wait()" % port)
        self.assertEqual(self.line(g), 'EADDRINUSE')
        self.assertEqual((g.binds, g.misses, g.missed), (0, 1, 'tcp:0.0.0.0:%d' % port))
        wide = Holder()
        self.addCleanup(wide.close)
        self.holder, port = wide, wide.tcp('0.0.0.0').getsockname()[1]
        g = self.python("say(code(bound, %d), code(bound, %d, '0.0.0.0')); wait()" % (port, port))
        self.assertEqual(self.line(g), 'EADDRINUSE ok')
        self.assertEqual((g.binds, g.misses, g.missed), (1, 1, 'tcp:127.0.0.1:%d' % port))

    def test_v4_mapped_is_v4(self):
        _, port = self.hold()
        g = self.python("s = bound(%d, '::ffff:127.0.0.1', socket.AF_INET6); say(s.fileno() >= 0); wait()" % port)
        self.assertEqual(self.line(g), 'True')
        self.assertEqual((g.binds, g.misses), (1, 0))

    def test_dual_stack_is_not_v6_only(self):
        for v6only in (False, True):
            self.holder = Holder()
            self.addCleanup(self.holder.close)
            port = self.holder.tcp('::', v6only=v6only).getsockname()[1]
            g = self.python(
                "for only in (0, 1): say(code(lambda: bound(%d, '::', socket.AF_INET6, v6only=only)))\nwait()" % port
            )
            self.assertEqual([self.line(g), self.line(g)], ['EADDRINUSE', 'ok'] if v6only else ['ok', 'EADDRINUSE'])
            self.assertEqual((g.binds, g.misses), (1, 1))

    def test_listen_raises_the_backlog_and_never_lowers_it(self):
        held, port = self.hold()
        backlog = lambda: held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)[28]
        held.listen(100)
        g = self.python('s = listening(%d); say(1); wait(); s.listen(200); say(2); wait()' % port)
        self.line(g)
        self.assertEqual(backlog(), 100)
        self.go_on(g)
        self.line(g)
        self.assertEqual(backlog(), 200)

    def test_a_number_that_a_shell_has_taken_is_not_adopted(self):
        _, port = self.hold()
        inner = PRELUDE + 'say(code(bound, %d))' % port
        g = self.start(['/bin/bash', '-c', 'exec 200>/dev/null; exec %s -c "$0"' % PYTHON, inner])
        self.assertEqual(self.line(g), 'EADDRINUSE')

    def test_wrappers_that_close_everything_do_not_lose_the_sockets(self):
        _, port = self.hold()
        inner = PRELUDE + 's = listening(%d); say("inner"); s.accept(); say("accepted")' % port
        g = self.python(
            '''
os.closerange(3, 1000); libc.closefrom(3); libc.close_range(3, 2000, 0)
subprocess.run([%r, '-c', %r], close_fds=True)'''
            % (PYTHON, inner)
        )
        self.assertEqual(self.line(g), 'inner')
        self.connect(port)
        self.assertEqual(self.line(g), 'accepted')

    def test_udp(self):
        held = self.holder.udp()
        port = held.getsockname()[1]
        g = self.python(
            "s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', %d)); say('up'); say(s.recv(9).decode())" % port
        )
        self.assertEqual(self.line(g), 'up')
        with socket.socket(type=socket.SOCK_DGRAM) as s:
            s.sendto(b'hello', ('127.0.0.1', port))
        self.assertEqual(self.line(g), 'hello')


class Unix(Case):
    def test_the_path_stays_through_unlink_bind_and_exit(self):
        path = os.path.join(self.directory, 'x.sock')
        self.holder.unix(path)
        inode = os.lstat(path).st_ino
        g = self.python(
            '''
os.unlink(%r); s = socket.socket(socket.AF_UNIX); s.bind(%r); s.listen(5); say(s.getsockname())
s.accept()[0].send(b'x'); s.close(); os.remove('x.sock')
t = socket.socket(socket.AF_UNIX); t.bind('x.sock'); say(libc.remove(b'x.sock'), code(os.unlink, 'other'))'''
            % (path, path)
        )
        self.assertEqual(self.line(g), path)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path)
            self.assertEqual(s.recv(1), b'x')
        self.assertEqual(self.line(g), '0 ENOENT')
        g.process.wait(5)
        self.assertEqual((os.lstat(path).st_ino, g.binds), (inode, 2))

    def test_a_file_of_the_same_name_elsewhere_is_unlinked(self):
        os.mkdir(os.path.join(self.directory, 'sub'))
        self.holder.unix(os.path.join(self.directory, 'x.sock'))
        other = os.path.join(self.directory, 'sub', 'x.sock')
        open(other, 'w').close()
        g = self.python('os.unlink(%r); say(1)' % other)
        self.assertEqual(self.line(g), '1')
        self.assertFalse(os.path.exists(other))

    def test_abstract(self):
        name = '\0legato-%d' % os.getpid()
        s = socket.socket(socket.AF_UNIX)
        s.bind(name)
        self.holder._hold(s, 'unix:@' + name[1:])
        g = self.python("s = socket.socket(socket.AF_UNIX); s.bind(%r); s.listen(); say('up'); wait()" % name)
        self.assertEqual(self.line(g), 'up')
        self.assertEqual(g.binds, 1)


class Accepting(Case):
    """acceptor.c under the C library's own accept(2) semantics, with glibc and, where it is there, musl."""

    def build(self, compiler, library):
        if shutil.which(compiler) is None:
            self.skipTest('no ' + compiler)
        program = os.path.join(self.directory, compiler)
        subprocess.run([compiler, '-pthread', os.path.join(SERVERS, 'acceptor.c'), '-o', program], check=True)
        return program, os.path.join(ROOT, 'build', library)

    def check(self, compiler, library):
        program, library = self.build(compiler, library)
        _, port = self.hold()
        seen = {}
        for case in ('timeout', 'interrupt', 'restart', 'cancel', 'shutdown', 'accept'):
            g = self.start([program, str(port), case], library=library)
            self.assertEqual([self.line(g), self.line(g)], ['bind ok', 'listen ok'])
            if case in ('restart', 'accept'):
                time.sleep(0.2)  # several alarms come and go; the absence of an answer is what is looked for
                self.assertIsNone(g.process.poll())
                self.connect(port)
            seen[case] = g.process.stdout.read().split('\n')[:-1]
            self.assertEqual((g.binds, g.process.wait(5)), (1, 0))
        self.assertEqual(
            seen,
            {
                'timeout': ['accept EAGAIN'],
                'interrupt': ['accept EINTR'],
                'restart': ['accept ok'],
                'cancel': ['joined cancelled'],
                'shutdown': ['shutdown ok', 'thread EINVAL', 'joined ended'],
                'accept': ['accept ok'],
            },
        )

    def test_glibc(self):
        self.check('gcc', 'libadopt-glibc.so')

    def test_musl(self):
        self.check('musl-gcc', 'libadopt-musl.so')

    def test_shutdown_without_a_descriptor_to_spare_ends_it_for_nobody_else(self):
        held, port = self.hold()
        g = self.python(
            '''
import resource
s = listening(%d); resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
try:
    while True: os.dup(0)
except OSError: pass
s.shutdown(socket.SHUT_RDWR); say(code(s.accept)); wait()'''
            % port
        )
        self.assertEqual(self.line(g), 'EINVAL')
        self.assertEqual(held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), 1)

    def test_a_number_that_was_closed_past_the_library_is_left_alone(self):
        _, port = self.hold()
        g = self.python(
            '''
s = listening(%d); n = s.detach()
ring = ctypes.CDLL(None); other = socket.socket(); other.bind(('127.0.0.1', 0)); other.listen(); other.setblocking(False)
# dup3 as a raw system call is one way past the library.
libc.syscall.argtypes = [ctypes.c_long] * 4; libc.syscall(292, other.fileno(), n, 0)
t = socket.socket(fileno=n); t.setblocking(False)
say(code(t.accept), t.getsockname() == other.getsockname(), code(t.shutdown, socket.SHUT_RDWR)); wait(); say(code(t.accept), t.getsockname() == other.getsockname()); wait()'''
            % port,
            held=True,
        )
        self.assertEqual(self.line(g), 'EAGAIN True ok')
        g.go()
        self.go_on(g)
        self.assertEqual(self.line(g), 'EINVAL True')

    def held(self, compiler, library):
        program, library = self.build(compiler, library)
        _, port = self.hold()
        g = self.start([program, str(port), 'accept'], library=library, held=True)
        self.assertEqual([self.line(g), self.line(g)], ['bind ok', 'listen ok'])
        self.connect(port)
        wait_until('it has looked', lambda: g.refusals >= 1)
        self.assertEqual((g.accepted, g.process.poll()), (0, None))
        g.go()
        self.assertEqual(self.line(g), 'accept ok')

    def test_glibc_held(self):
        self.held('gcc', 'libadopt-glibc.so')

    def test_musl_held(self):
        self.held('musl-gcc', 'libadopt-musl.so')

    def test_shutdown_of_a_listener_ends_it_for_nobody_else(self):
        _, port = self.hold()
        g = self.python("s = listening(%d); s.shutdown(socket.SHUT_RDWR); say(code(s.accept)); wait()" % port)
        self.assertEqual(self.line(g), 'EINVAL')
        other = self.python("listening(%d).accept(); say('served')" % port)
        self.connect(port)
        self.assertEqual(self.line(other), 'served')


class Counting(Case):
    def serve(self, code):
        _, port = self.hold()
        g = self.python('s = listening(%d); say("up")\n%s' % (port, code))
        self.assertEqual(self.line(g), 'up')
        return g, port

    def opens(self, g, count):
        wait_until('%d open, not %s' % (count, list(g.slots())), lambda: g.open() == count, 5)

    def test_every_way_a_descriptor_ends_or_multiplies(self):
        g, port = self.serve(
            '''
c = [s.accept()[0].detach() for _ in range(9)]; say(1); wait()                       # 9
d = os.dup(c[0]); e = fcntl.fcntl(c[0], fcntl.F_DUPFD_CLOEXEC, 100); say(2); wait()  # 11
os.dup2(c[0], c[1]); os.dup2(0, c[2]); say(3); wait()                                # 10
os.close(c[0]); os.close(d); os.close(e); os.close(c[1]); say(4); wait()             # 6
os.closerange(c[3], c[3] + 1); libc.close_range(c[4], c[4], 0); say(5); wait()       # 4
libc.fdopen.restype = ctypes.c_void_p; libc.fclose(ctypes.c_void_p(libc.fdopen(c[5], b'r'))); say(6); wait()  # 3
libc.syscall(3, c[6]); say(7); wait()                                                # 2
libc.close_range(c[7], c[8], 4); say(8); wait()                                      # 2: only marked
libc.closefrom(min(c[7], c[8])); say(9); wait()'''
        )
        for _ in range(9):
            self.connect(port)
        for step, expected in enumerate([9, 11, 10, 6, 4, 3, 2, 2, 0], 1):
            self.assertEqual(self.line(g), str(step))
            self.opens(g, expected)
            self.go_on(g)
        self.assertEqual(g.accepted, 9)

    def test_a_connection_served_by_a_fork(self):
        g, port = self.serve(
            '''
while True:
    c, _ = s.accept()
    if os.fork() == 0:
        s.close(); wait(); os._exit(0)
    c.close(); say('forked')'''
        )
        self.connect(port)
        self.assertEqual(self.line(g), 'forked')
        self.assertFalse(g.is_idle())
        self.opens(g, 1)
        self.go_on(g)
        wait_until('the child has ended', g.is_idle)

    def test_a_connection_served_by_an_execed_program(self):
        g, port = self.serve(
            "c, _ = s.accept(); p = subprocess.Popen(['/bin/cat'], stdin=c, stdout=c); c.close(); say('on'); p.wait(); say('off'); wait()"
        )
        peer = self.connect(port)
        self.assertEqual(self.line(g), 'on')
        peer.send(b'hello')
        self.assertEqual(peer.recv(9), b'hello')
        self.opens(g, 2)  # its stdin and its stdout
        peer.shutdown(socket.SHUT_WR)
        self.assertEqual(self.line(g), 'off')
        wait_until('cat has ended', g.is_idle)

    def test_a_child_started_by_vfork_leaves_the_books_alone(self):
        g, port = self.serve(
            '''
c, _ = s.accept()
for _ in range(5): subprocess.run(['/bin/true'], close_fds=True)
os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_CLOSE, c.fileno())]); os.wait()
say('ran'); wait(); c.close(); say('closed'); wait()'''
        )
        self.connect(port)
        self.assertEqual(self.line(g), 'ran')
        self.opens(g, 1)
        self.go_on(g)
        self.assertEqual(self.line(g), 'closed')
        self.opens(g, 0)

    def test_a_killed_process_counts_no_more(self):
        g, port = self.serve(
            '''
p = os.fork()
if p == 0: c = s.accept(); say('taken'); time.sleep(60)
wait(); os.kill(p, 9); os.wait(); say('killed'); wait()'''
        )
        self.connect(port)
        self.assertEqual(self.line(g), 'taken')
        self.assertFalse(g.is_idle())
        self.go_on(g)
        self.assertEqual(self.line(g), 'killed')
        self.assertTrue(g.is_idle())

    def test_a_connection_passed_to_another_process(self):
        g, port = self.serve(
            '''
a, b = socket.socketpair()
if os.fork() == 0:
    s.close(); a.close(); _, fds, _, _ = socket.recv_fds(b, 1, 1); say('received'); wait(); os.close(fds[0]); say('closed'); time.sleep(60)
b.close(); c, _ = s.accept(); socket.send_fds(a, [b'x'], [c.fileno()]); time.sleep(0.2); c.close(); time.sleep(60)'''
        )
        self.connect(port)
        self.assertEqual(self.line(g), 'received')
        self.opens(g, 1)
        self.go_on(g)
        self.assertEqual(self.line(g), 'closed')
        self.opens(g, 0)

    def test_more_processes_than_slots(self):
        g, port = self.serve(
            '''
for i in range(600):
    if os.fork() == 0:
        s.setblocking(False); code(s.accept); os._exit(0)
    os.wait()
say('forked'); c = s.accept(); say('taken'); wait(); c[0].close(); say('closed'); wait()'''
        )
        self.assertEqual(self.line(g), 'forked')
        self.connect(port)
        self.assertEqual(self.line(g), 'taken')
        self.opens(g, 1)
        self.go_on(g)
        self.assertEqual(self.line(g), 'closed')
        self.opens(g, 0)


class Quiet(Case):
    LOOPS = {
        'epoll': "e = select.epoll(); e.register(s, select.EPOLLIN); wake = lambda: e.poll()",
        'epoll edge': "e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLET); wake = lambda: e.poll()",
        'epoll exclusive': "e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLEXCLUSIVE); wake = lambda: e.poll()",
        'poll': "e = select.poll(); e.register(s, select.POLLIN); wake = lambda: e.poll()",
        'select': "wake = lambda: select.select([s], [], [])",
    }

    def test_waiting_loops_go_to_sleep_and_the_other_generation_serves(self):
        for name, loop in self.LOOPS.items():
            with self.subTest(name):
                self.holder = Holder()
                self.addCleanup(self.holder.close)
                port = self.holder.tcp().getsockname()[1]
                code = '''
s = listening(%d); s.setblocking(False)
%s
say('up')
turns = 0
while True:
    wake(); turns += 1
    try: c = s.accept()[0]; c.send(sys.argv[1].encode()); c.close()
    except BlockingIOError: say('nothing', s.getsockname()[1])
''' % (port, loop)
                old = self.start([PYTHON, '-c', PRELUDE + code, 'old'])
                self.assertEqual(self.line(old), 'up')
                self.assertEqual(self.connect(port).recv(3), b'old')
                old.quiet()
                # Nobody else is there: it waits in the queue, and the loop that it woke sleeps again.
                waiting = self.connect(port)
                self.assertEqual(self.line(old), 'nothing %d' % port)
                before = cpu_ticks(old.process.pid)
                time.sleep(0.3)
                self.assertLessEqual(cpu_ticks(old.process.pid) - before, 2)
                new = self.start([PYTHON, '-c', PRELUDE + code, 'new'])
                self.assertEqual(waiting.recv(3), b'new')
                for _ in range(20):
                    self.assertEqual(self.connect(port).recv(3), b'new')
                self.assertEqual(old.accepted, 1)
                self.assertTrue(old.is_idle())

    def test_threads_that_block_in_accept_take_nothing_and_stay(self):
        _, port = self.hold()
        code = '''
s = listening(%d)
def serve():
    while True: s.accept()[0].send(b'old')
for _ in range(8): threading.Thread(target=serve, daemon=True).start()
time.sleep(0.1); say('up'); wait()''' % port
        old = self.python(code)
        self.assertEqual(self.line(old), 'up')
        old.quiet()
        wait_until('all have seen it', lambda: old.refusals >= 8)
        waiting = self.connect(port)
        before = cpu_ticks(old.process.pid)
        time.sleep(0.2)
        self.assertLessEqual(cpu_ticks(old.process.pid) - before, 2)
        self.assertEqual((old.accepted, old.process.poll()), (0, None))
        new = self.python("listening(%d).accept()[0].send(b'new'); wait()" % port)
        self.assertEqual(waiting.recv(3), b'new')

    def test_exclusive_waiters_of_the_silent_generation_swallow_no_wake_up(self):
        _, port = self.hold()
        code = '''
s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLEXCLUSIVE); say('up')
while True:
    e.poll()
    try: s.accept()[0].send(sys.argv[1].encode())
    except BlockingIOError: pass''' % port
        olds = [self.start([PYTHON, '-c', PRELUDE + code, 'old']) for _ in range(3)]
        new = self.start([PYTHON, '-c', PRELUDE + code, 'new'])
        for g in [*olds, new]:
            self.assertEqual(self.line(g), 'up')
        for old in olds:
            old.quiet()
        for _ in range(10):
            self.assertEqual(self.connect(port).recv(3), b'new')

    def test_idle_is_told_when_the_last_connection_closes(self):
        _, port = self.hold()
        g = self.python("c = listening(%d).accept()[0]; say('taken'); wait(); c.close(); say('closed'); wait()" % port)
        self.connect(port)
        self.assertEqual(self.line(g), 'taken')
        g.quiet()
        self.assertFalse(g.is_idle())
        self.go_on(g)
        self.assertEqual(self.line(g), 'closed')
        self.assertGreaterEqual(os.eventfd_read(g.idle), 1)
        self.assertTrue(g.is_idle())

    def test_a_program_that_was_given_the_descriptor_is_quieted_too(self):
        _, port = self.hold()
        g = self.python(
            '''
s = socket.socket(fileno=os.dup(200)); s.setblocking(False); say('up'); wait()
say(code(s.accept)); wait()'''
        )
        self.assertEqual(self.line(g), 'up')
        g.quiet()
        waiting = self.connect(port)
        self.go_on(g)
        self.assertEqual(self.line(g), 'EAGAIN')
        other = self.python("listening(%d).accept()[0].send(b'new'); wait()" % port)
        self.assertEqual(waiting.recv(3), b'new')
        self.assertEqual(other.accepted, 1)

    def test_no_connection_is_lost_however_quiet_races_with_accept(self):
        _, port = self.hold()
        code = '''
s = listening(%d)
def serve():
    while True:
        c = s.accept()[0]; c.send(b'x'); c.close()
for _ in range(4): threading.Thread(target=serve, daemon=True).start()
say('up'); wait()''' % port
        failed = []
        stop = threading.Event()

        def load():
            while not stop.is_set():
                try:
                    with socket.create_connection(('127.0.0.1', port), 10) as s:
                        if s.recv(1) != b'x':
                            failed.append('cut')
                except OSError as error:
                    failed.append(repr(error))

        current = self.python(code)
        self.line(current)
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(12):
                following = self.python(code)
                self.line(following)
                current.quiet()
                current.wait_idle()
                current.process.kill()
                current = following
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failed, [])


class Hold(Case):
    """A held generation takes nothing, sleeps, and begins at once when it is let go."""

    LOOPS = {
        **Quiet.LOOPS,
        'blocking': "wake = lambda: None; s.setblocking(True)",
        'poll, then a blocking accept': "e = select.poll(); e.register(s, select.POLLIN); s.setblocking(True); wake = lambda: e.poll()",
    }
    SERVE = '''
while True:
    wake()
    try: c = s.accept()[0]; c.send(sys.argv[1].encode()); c.close()
    except BlockingIOError: say('nothing', s.getsockname()[1], s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))'''

    def test_what_waits_in_the_queue_is_served_as_soon_as_it_is_let_go(self):
        for name, loop in self.LOOPS.items():
            with self.subTest(name):
                self.holder = Holder()
                self.addCleanup(self.holder.close)
                port = self.holder.tcp().getsockname()[1]
                code = "s = listening(%d); s.setblocking(False)\n%s\nsay('up')" % (port, loop) + self.SERVE
                g = self.start([PYTHON, '-c', PRELUDE + code, 'new'], held=True)
                self.assertEqual(self.line(g), 'up')
                self.assertEqual(g.listens, 1)
                # This loop takes one connection for an edge.
                count = 1 if name == 'epoll edge' else 3
                waiting = [self.connect(port) for _ in range(count)]
                if 'block' not in name:
                    self.assertEqual(self.line(g), 'nothing %d 1' % port)
                wait_until('it has looked', lambda: g.refusals >= 1)
                before = cpu_ticks(g.process.pid)
                time.sleep(0.2)
                self.assertLessEqual(cpu_ticks(g.process.pid) - before, 2)
                self.assertEqual(g.accepted, 0)
                g.go()
                self.assertEqual([s.recv(3) for s in waiting], [b'new'] * count)
                for _ in range(20):
                    self.assertEqual(self.connect(port).recv(3), b'new')
                g.quiet()
                g.wait_idle()
                self.connect(port)
                if 'block' not in name:
                    self.assertEqual(self.line(g), 'nothing %d 1' % port)
                self.assertEqual(g.accepted, 20 + count)

    def test_one_that_was_never_asked_accepts_when_it_is_let_go(self):
        _, port = self.hold()
        code = "s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLET); wake = lambda: e.poll(); say('up')"
        g = self.start([PYTHON, '-c', PRELUDE + code % port + self.SERVE, 'new'], held=True)
        self.assertEqual(self.line(g), 'up')
        g.go()
        self.assertEqual(self.connect(port).recv(3), b'new')

    def test_threads_that_block_in_accept_begin_together(self):
        _, port = self.hold()
        code = '''
s = listening(%d)
def serve():
    c = s.accept()[0]; c.send(b'x'); time.sleep(60)
for _ in range(8): threading.Thread(target=serve, daemon=True).start()
say('up'); wait()''' % port
        g = self.python(code, held=True)
        self.line(g)
        wait_until('all have looked', lambda: g.refusals >= 8)
        waiting = [self.connect(port) for _ in range(8)]
        g.go()
        self.assertEqual([s.recv(1) for s in waiting], [b'x'] * 8)

    def test_workers_that_are_forked_while_it_is_held(self):
        _, port = self.hold()
        code = '''
s = listening(%d); s.setblocking(False)
code(s.accept)
for i in range(4):
    if os.fork() == 0:
        e = select.epoll(); e.register(s, select.EPOLLIN)
        while True:
            e.poll()
            try: c = s.accept()[0]; c.send(b'x'); c.close()
            except BlockingIOError: pass
say('up'); wait()''' % port
        g = self.python(code, held=True)
        self.assertEqual(self.line(g), 'up')
        waiting = [self.connect(port) for _ in range(8)]
        g.go()
        self.assertEqual([s.recv(1) for s in waiting], [b'x'] * 8)

    def test_options_of_a_held_listener_are_the_sockets_own(self):
        held, port = self.hold()
        g = self.python(
            '''
s = listening(%d); s.setblocking(False); say(code(s.accept)); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
s.listen(2000); d = s.dup(); say(s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), d.getsockname()[1], code(d.accept)); wait()'''
            % port,
            held=True,
        )
        self.assertEqual([self.line(g), self.line(g)], ['EAGAIN', '1 %d EAGAIN' % port])
        self.assertEqual(held.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)

    def test_a_timeout_of_the_listener_comes_also_while_it_is_held(self):
        _, port = self.hold()
        g = self.python(
            "import struct; s = bound(%d); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 0, 50000)); s.listen(); say(code(s.accept))"
            % port,
            held=True,
        )
        self.assertEqual(self.line(g), 'EAGAIN')

    def test_shutdown_of_a_held_listener_wakes_its_acceptor(self):
        _, port = self.hold()
        g = self.python(
            '''
s = listening(%d)
t = threading.Thread(target=lambda: say(code(s.accept))); t.start(); say('up'); wait()
s.shutdown(socket.SHUT_RDWR); t.join(); wait()'''
            % port,
            held=True,
        )
        self.assertEqual(self.line(g), 'up')
        wait_until('it waits', lambda: g.refusals >= 1)
        self.go_on(g)
        self.assertEqual(self.line(g), 'EINVAL')

    def test_held_and_quieted_without_having_served(self):
        _, port = self.hold()
        code = "s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN); wake = lambda: e.poll(); say('up')"
        g = self.start([PYTHON, '-c', PRELUDE + code % port + self.SERVE, 'old'], held=True)
        self.assertEqual(self.line(g), 'up')
        self.connect(port)
        self.assertEqual(self.line(g), 'nothing %d 1' % port)
        g.quiet()
        self.assertEqual(self.line(g), 'nothing %d 1' % port)
        before = cpu_ticks(g.process.pid)
        time.sleep(0.2)
        self.assertLessEqual(cpu_ticks(g.process.pid) - before, 2)
        self.assertEqual((g.accepted, g.is_idle()), (0, True))

    def test_an_inherited_descriptor_is_held_and_stays_nonblocking(self):
        held, port = self.hold()
        name = 'tcp:127.0.0.1:%d' % port
        g = self.start(
            [PYTHON, '-c', PRELUDE + "s = socket.socket(fileno=3); say(bool(fcntl.fcntl(3, fcntl.F_GETFL) & os.O_NONBLOCK), code(s.accept)); wait(); c = s.accept()[0]; say('taken', os.fstat(3).st_ino); wait()"],
            held=True,
            given=[name],
        )
        self.assertEqual(self.line(g), 'True EAGAIN')
        self.assertEqual(g.listens, 1)
        waiting = self.connect(port)
        g.go()
        self.go_on(g)
        self.assertEqual(self.line(g), 'taken %d' % os.fstat(held.fileno()).st_ino)
        self.assertEqual(g.open(), 1)

    def test_with_hardly_a_descriptor_to_spare(self):
        """Where epoll sets cannot be looked at nothing is put in a listener's place; a level-triggered loop serves all the same."""
        _, port = self.hold()
        code = '''
import resource
s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN); wake = lambda: e.poll()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); spare = []
try:
    while True: spare.append(os.dup(0))
except OSError: say('up')
wait()
os.close(spare.pop())''' % port
        g = self.start([PYTHON, '-c', PRELUDE + code + self.SERVE.replace("say('nothing'", "(lambda *a: None)('nothing'"), 'new'], held=True)
        self.assertEqual(self.line(g), 'up')
        waiting = self.connect(port)
        self.go_on(g)
        wait_until('it has looked', lambda: g.refusals >= 1)
        self.assertEqual(g.accepted, 0)
        g.go()
        self.assertEqual(waiting.recv(3), b'new')

    def test_no_descriptor_is_left_over(self):
        _, port = self.hold()
        code = '''
s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN); before = len(os.listdir('/proc/self/fd')); say('up')
for _ in range(4): wait(); say(code(s.accept), len(os.listdir('/proc/self/fd')) - before)''' % port
        g = self.python(code, held=True)
        self.assertEqual(self.line(g), 'up')
        seen = []
        for step in (lambda: None, lambda: None, g.go, g.quiet):
            step()
            self.go_on(g)
            seen.append(self.line(g))
        self.assertEqual(seen, ['EAGAIN 0'] * 4)

    def test_no_connection_is_lost_however_go_races_with_accept(self):
        _, port = self.hold()
        code = '''
s = listening(%d); s.setblocking(False)
def serve(how):
    e = select.epoll(); e.register(s, select.EPOLLIN | how)
    while True:
        e.poll()
        while True:
            try: c = s.accept()[0]
            except BlockingIOError: break
            c.send(b'x'); c.close()
for how in (0, select.EPOLLET, 0, select.EPOLLET): threading.Thread(target=serve, args=(how,), daemon=True).start()
say('up'); wait()''' % port
        failed = []
        stop = threading.Event()

        def load():
            while not stop.is_set():
                try:
                    with socket.create_connection(('127.0.0.1', port), 10) as s:
                        if s.recv(1) != b'x':
                            failed.append('cut')
                except OSError as error:
                    failed.append(repr(error))

        current = self.python(code)
        self.line(current)
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            for round in range(16):
                following = self.python(code, held=True)
                self.line(following)
                wait_until('its loops have met the gate', lambda: following.refusals >= 1)
                self.assertEqual(following.accepted, 0)
                if round % 4 == 3:
                    following.process.kill()  # dies while it settles: nobody notices
                    continue
                following.go()
                current.quiet()
                current.wait_idle()
                current.process.kill()
                current = following
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failed, [])


class Inert(Case):
    def test_without_the_variable_nothing_is_done(self):
        _, port = self.hold()
        g = self.python('say(code(bound, %d)); wait()' % port, env={'LEGATO_ADOPT': ''})
        self.assertEqual(self.line(g), 'EADDRINUSE')
        self.assertEqual(g.binds, 0)

    def test_a_broken_page_is_no_page(self):
        held, port = self.hold()
        g = self.python(
            "s = listening(%d); say('up'); s.accept(); say('accepted'); wait()" % port, env={'LEGATO_ADOPT_PAGE': '231'}
        )
        self.assertEqual(self.line(g), 'up')
        self.connect(port)
        self.assertEqual(self.line(g), 'accepted')
        self.assertEqual(g.accepted, 0)

    def test_malformed_declarations_are_left_out(self):
        _, port = self.hold()
        good = 'tcp:127.0.0.1:%d=200' % port
        for text in ('x', '=', ';;;', 'tcp:127.0.0.1:%d' % port, good + 'x', 'tcp:127.0.0.1:1=200', 'tcp:127.0.0.1:%d=999' % port):
            g = self.python('say(code(bound, %d))' % port, env={'LEGATO_ADOPT': text})
            self.assertEqual((text, self.line(g)), (text, 'EADDRINUSE'))
        g = self.python('say(code(bound, %d))' % port, env={'LEGATO_ADOPT': ';x;' + good + ';'})
        self.assertEqual(self.line(g), 'ok')


if __name__ == '__main__':
    unittest.main(verbosity=1)
