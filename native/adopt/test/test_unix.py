"""What adopt promises of unix sockets and their names: docs/adopt.md, one promise a test."""

import os
import socket
import unittest

from harness import PATIENCE, Case


class Unix(Case):
    def test_a_longer_name_than_there_can_be_is_refused(self):
        self.holder.unix(os.path.join(self.directory, 'x.sock'))
        g = self.python(
            '''
s = socket.socket(socket.AF_UNIX); name = (1).to_bytes(2, 'little') + b'/' * 4000
say(libc.bind(s.fileno(), name, len(name)), errno.errorcode[ctypes.get_errno()])'''
        )
        self.assertEqual(self.line(g), '-1 EINVAL')

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
        g.process.wait(PATIENCE)
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


if __name__ == '__main__':
    unittest.main()
