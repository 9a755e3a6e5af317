import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Directories whose tests have ended. */
const done = new Set<string>();

/*
 * `after` hooks run in the order in which they were given, and a directory is there before what is started in it: removed in
 * its own hook, it would be gone (pidfile, socket) before the hooks that end what runs there. Hence at the very end.
 */
process.once('exit', () => {
  for (const dir of done) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** A new directory, open to every user, that goes when the test file ends. Short, for socket paths end at 107 bytes (unix(7)). */
export function scratch(t: Pick<TestContext, 'after'>): string {
  const dir = mkdtempSync(join(tmpdir(), 'legato-'));
  chmodSync(dir, 0o755);
  t.after(() => {
    done.add(dir);
  });
  return dir;
}
