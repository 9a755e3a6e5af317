import type { ProcessConfig, ServerConfig } from '../config/config.ts';

/** The launcher puts these aside so that they do not steer the brain's own Node (bin/legatod); services get them back. */
const kept = 'LEGATO_KEPT_';

/** The environment legatod was started with, as services inherit it. */
export function inheritedEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    inherited[name.startsWith(kept) ? name.slice(kept.length) : name] = value;
  }
  return inherited;
}

/**
 * The environment of a service, in Supervisor's order: what the daemon inherited, the SUPERVISOR_* names, that of its configuration
 * (which holds that of [supervisord] already). Later ones win.
 */
export function serviceEnvironment(
  inherited: Readonly<Record<string, string>>,
  server: ServerConfig,
  process: ProcessConfig,
): Record<string, string> {
  const url = process.serverurl ?? server.serverurl;
  return {
    ...inherited,
    SUPERVISOR_ENABLED: '1',
    ...(url === null ? {} : { SUPERVISOR_SERVER_URL: url }),
    SUPERVISOR_PROCESS_NAME: process.name,
    SUPERVISOR_GROUP_NAME: process.group,
    ...process.environment,
  };
}
