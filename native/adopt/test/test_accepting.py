"""What adopt promises of accept(2) and shutdown(2): docs/adopt.md, one promise a test."""

import os
import shutil
import socket
import subprocess
import time
import unittest

from harness import PATIENCE, ROOT, SERVERS, Case, wait_until


class Accepting(Case):
    """acceptor.c under the C library's own accept(2) semantics, with glibc and, where it is there, musl."""

    def build(self, compiler, library):
        if shutil.which(compiler) is None:
            self.skipTest('no ' + compiler)
        program = os.path.join(self.directory, compiler)
        subprocess.run([compiler, '-pthread', '-rdynamic', os.path.join(SERVERS, 'acceptor.c'), '-o', program], check=True)
        return program, os.path.join(ROOT, 'build', library)

    def check(self, compiler, library):
        program, library = self.build(compiler, library)
        _, port = self.hold()
        seen = {}
        for case in ('timeout', 'interrupt', 'late', 'restart', 'cancel', 'shutdown', 'accept'):
            g = self.start([program, str(port), case], library=library)
            self.assertEqual([self.line(g), self.line(g)], ['bind ok', 'listen ok'])
            if case in ('restart', 'accept'):
                time.sleep(0.2)  # several alarms come and go; the absence of an answer is what is looked for
                self.assertIsNone(g.process.poll())
                self.connect(port)
            seen[case] = g.process.stdout.read().split('\n')[:-1]
            # Two threads speak, in whatever order.
            seen[case].sort()
            self.assertEqual((g.binds, g.process.wait(PATIENCE)), (1, 0))
        self.assertEqual(
            seen,
            {
                'timeout': ['accept EAGAIN'],
                'interrupt': ['accept EINTR'],
                'late': ['accept EINTR', 'signals are free'],
                'restart': ['accept ok'],
                'cancel': ['joined cancelled'],
                'shutdown': ['joined ended', 'shutdown ok', 'thread EINVAL'],
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


if __name__ == '__main__':
    unittest.main()
