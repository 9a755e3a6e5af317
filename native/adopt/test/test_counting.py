"""What adopt promises of the connections that it counts: docs/adopt.md, one promise a test."""

import os
import socket
import subprocess
import unittest

from harness import Case, wait_until


class Counting(Case):
    def serve(self, code):
        _, port = self.hold()
        g = self.python('s = listening(%d); say("up")\n%s' % (port, code))
        self.assertEqual(self.line(g), 'up')
        return g, port

    def opens(self, g, count):
        wait_until('%d open, not %s' % (count, list(g.slots())), lambda: g.open() == count)

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

    def test_a_program_that_is_executed_without_the_library_holds_what_it_is_left(self):
        for how in (
            "os.execve('/bin/sleep', words, {})",
            "os.execvpe('sleep', words, {'PATH': '/bin'})",
            "libc.execvp(b'sleep', (ctypes.c_char_p * 3)(b'sleep', b'1000'))",
            "libc.execl(b'/bin/sleep', b'sleep', b'1000', None)",
            "libc.execlp(b'sleep', b'sleep', b'1000', None)",
        ):
            for inheritable in (False, True):
                with self.subTest(how=how, inheritable=inheritable):
                    g, port = self.serve(
                        '''
c, _ = s.accept(); c.set_inheritable(%s)
libc.unsetenv(b'LD_PRELOAD')
words = ['sleep', '1000']
if os.fork() == 0: code(os.execv, '/none', words) == 'ENOENT' and %s
say('forked'); wait(); c.close(); say('closed'); wait()'''
                        % (inheritable, how)
                    )
                    self.connect(port)
                    self.assertEqual(self.line(g), 'forked')
                    wait_until('the child to be another program', lambda: self.names_below(g) == ['sleep'])
                    self.go_on(g)
                    self.assertEqual(self.line(g), 'closed')
                    self.opens(g, int(inheritable))
                    self.assertEqual(g.is_idle(), not inheritable)

    def names_below(self, g):
        names = subprocess.run(['ps', '-o', 'comm=', '--ppid', str(g.process.pid)], capture_output=True, text=True)
        return names.stdout.split()

    def test_an_exec_that_fails_leaves_the_books_alone(self):
        g, port = self.serve("c, _ = s.accept(); say(code(os.execv, '/none', ['none'])); wait()")
        self.connect(port)
        self.assertEqual(self.line(g), 'ENOENT')
        self.opens(g, 1)

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


if __name__ == '__main__':
    unittest.main()
