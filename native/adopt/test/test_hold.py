"""What adopt promises of a generation that is held until its commit: docs/adopt.md, one promise a test."""

import os
import socket
import time
import unittest

from harness import LOOPS, PRELUDE, PYTHON, Case, Holder, cpu_ticks, strict_clients, wait_until


class Hold(Case):
    """A held generation takes nothing, sleeps, and begins at once when it is let go."""

    LOOPS = {
        **LOOPS,
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
        current = self.python(code)
        self.line(current)
        with strict_clients(port) as failed:
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
        self.assertEqual(failed, [])


if __name__ == '__main__':
    unittest.main()
