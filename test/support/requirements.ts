import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What an end-to-end test may need of the machine, and how its presence is seen. */
const requirements = {
  root: () => process.getuid?.() === 0,
  namespaces: () => runs('/usr/bin/unshare', '--fork', '--pid', '--mount-proc', '--kill-child', '/bin/true'),
  nsenter: () => existsSync('/usr/bin/nsenter'),
  setpriv: () => existsSync('/usr/bin/setpriv'),
  supervisor: () => existsSync('/usr/bin/supervisord') && existsSync('/usr/bin/supervisorctl'),
  nginx: () => existsSync('/usr/sbin/nginx'),
  celery: () => existsSync('/usr/bin/celery') && runs('/usr/bin/python3', '-c', 'import celery, redis'),
  rq: () => existsSync('/usr/bin/rq'),
  sidekiq: () => existsSync('/usr/bin/sidekiq'),
  invoke: () => existsSync('/usr/bin/inv'),
  redis: () => existsSync('/usr/bin/redis-server'),
  bubblewrap: () => runs('/usr/bin/bwrap', '--ro-bind', '/', '/', '/bin/true'),
  'stress-ng': () => existsSync('/usr/bin/stress-ng'),
  haproxy: () => existsSync('/usr/sbin/haproxy'),
  gunicorn: () => existsSync('/usr/bin/gunicorn'),
  'php-fpm': () => existsSync('/usr/sbin/php-fpm8.2'),
  sudo: () => existsSync('/usr/bin/sudo'),
  npm: () => existsSync('/usr/bin/npm'),
  python3: () => existsSync('/usr/bin/python3'),
};

export type Requirement = keyof typeof requirements;

/** Whether the full form of tests is asked for that have a short one: more rounds of the same. */
export const isLong: boolean = process.env['LEGATO_LONG_TESTS'] === '1';

/** The Debian packages that bring what is asked for (scripts/install-test-packages.sh installs them). */
const hint = 'run scripts/install-test-packages.sh as root';

/**
 * For the `skip` option of a test: false when everything is there, else the reason, which is also said on stderr.
 * With CI=true nothing may be skipped: throws instead.
 */
export function lacking(...names: readonly Requirement[]): string | false {
  const missing = names.filter((name) => !requirements[name]());
  if (missing.length === 0) return false;
  const reason = `this machine lacks ${missing.join(', ')}: ${hint}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`SKIPPED: ${reason}\n`);
  return reason;
}

function runs(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
