"""What adopt promises of a generation that is told to be quiet: docs/adopt.md, one promise a test."""

import os
import time
import unittest

from harness import LOOPS, PRELUDE, PYTHON, Case, Holder, cpu_ticks, strict_clients, wait_until


class Quiet(Case):
    def test_waiting_loops_go_to_sleep_and_the_other_generation_serves(self):
        for name, loop in LOOPS.items():
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

    def test_what_poll_or_select_has_announced_is_gone_and_not_waited_for(self):
        for name in ('poll', 'select'):
            with self.subTest(name):
                self.holder = Holder()
                self.addCleanup(self.holder.close)
                port = self.holder.tcp().getsockname()[1]
                code = '''
s = listening(%d); stop = threading.Event(); say('up')
signal.signal(signal.SIGTERM, lambda *_: stop.set())
%s
while not stop.is_set():
    if not wake(): continue
    try: s.accept()[0].close()
    except ConnectionAbortedError: say('gone')
say('ended well')''' % (port, LOOPS[name].replace('e.poll()', 'e.poll(50)').replace('[], [])', '[], [], 0.05)[0]'))
                g = self.start([PYTHON, '-c', PRELUDE + code])
                self.assertEqual(self.line(g), 'up')
                g.quiet()
                self.connect(port)
                self.assertEqual(self.line(g), 'gone')
                g.process.terminate()
                self.assertEqual((self.line(g), g.accepted), ('ended well', 0))

    def test_a_listener_that_is_closed_is_in_no_epoll_set_any_more(self):
        for held in (False, True):
            for end in ('s.close()', 'os.dup2(0, s.fileno())', 'os.closerange(s.fileno(), s.fileno() + 1)'):
                with self.subTest(held=held, end=end):
                    self.holder = Holder()
                    self.addCleanup(self.holder.close)
                    port = self.holder.tcp().getsockname()[1]
                    g = self.python(
                        '''
s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN)
say(code(s.accept)); %s; say('closed'); wait(); say(len(e.poll(0)))'''
                        % (port, end),
                        held=held,
                    )
                    self.assertEqual([self.line(g), self.line(g)], ['EAGAIN', 'closed'])
                    self.connect(port)
                    g.go()
                    self.go_on(g)
                    self.assertEqual(self.line(g), '0')

    def test_a_forked_child_that_closes_the_listener_leaves_its_parents_epoll_set_alone(self):
        _, port = self.hold()
        g = self.python(
            '''
s = listening(%d); s.setblocking(False); e = select.epoll(); e.register(s, select.EPOLLIN)
if os.fork() == 0: s.close(); os._exit(0)
os.wait(); say('up'); say(len(e.poll(60)))'''
            % port
        )
        self.assertEqual(self.line(g), 'up')
        self.connect(port)
        self.assertEqual(self.line(g), '1')

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
        current = self.python(code)
        self.line(current)
        with strict_clients(port) as failed:
            for _ in range(12):
                following = self.python(code)
                self.line(following)
                current.quiet()
                current.wait_idle()
                current.process.kill()
                current = following
        self.assertEqual(failed, [])


if __name__ == '__main__':
    unittest.main()
