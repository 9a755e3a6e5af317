"""What adopt leaves alone when it is not asked, or cannot read what it is asked: docs/adopt.md, one promise a test."""

import unittest

from harness import Case


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
    unittest.main()
