"""What adopt promises of bind(2), listen(2) and the options set before: docs/adopt.md, one promise a test."""

import os
import socket
import unittest

from harness import PRELUDE, PYTHON, Case, Holder


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

    def test_options_from_before_the_bind_are_kept(self):
        for make, kind, level, name in (
            (self.holder.udp, 'SOCK_DGRAM', 'IPPROTO_IP', 8),  # IP_PKTINFO
            (self.holder.udp, 'SOCK_DGRAM', 'SOL_SOCKET', 'socket.SO_BROADCAST'),
            (self.holder.tcp, 'SOCK_STREAM', 'IPPROTO_TCP', 'socket.TCP_KEEPIDLE'),
            (self.holder.tcp, 'SOCK_STREAM', 'IPPROTO_TCP', 'socket.TCP_USER_TIMEOUT'),
        ):
            with self.subTest(name=name):
                port = make().getsockname()[1]
                g = self.python(
                    """
s = socket.socket(type=socket.%s); s.setsockopt(socket.%s, %s, 1)
s.bind(('127.0.0.1', %d)); say(s.getsockopt(socket.%s, %s)); wait()"""
                    % (kind, level, name, port, level, name)
                )
                self.assertEqual((self.line(g), g.binds), ('1', 1))


if __name__ == '__main__':
    unittest.main()
