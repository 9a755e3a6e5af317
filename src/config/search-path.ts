import type { ConfigHost } from './host.ts';
import { dirname, join } from './path.ts';

/** Where a configuration is looked for without `-c`, in this order (supervisord(1)). */
export function searchPaths(host: ConfigHost): string[] {
  const prefix = dirname(dirname(host.argv0));
  return [
    join(join(prefix, 'etc'), 'supervisord.conf'),
    join(prefix, 'supervisord.conf'),
    'supervisord.conf',
    'etc/supervisord.conf',
    '/etc/supervisord.conf',
    '/etc/supervisor/supervisord.conf',
  ];
}

/** The first that exists. */
export function findConfigFile(host: ConfigHost): string | null {
  return searchPaths(host).find((path) => host.exists(path)) ?? null;
}

/** Supervisor's words when there is none. */
export function noConfigFile(host: ConfigHost): string {
  const paths = searchPaths(host).join(', ');
  return `No config file found at default paths (${paths}); use the -c option to specify a config file at a different path`;
}
