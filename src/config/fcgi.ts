import type { GroupConfig } from './config.ts';
import { readFcgiSocket } from './fcgi-socket.ts';
import type { Section } from './ini.ts';
import { processesOf } from './program.ts';
import { fcgiKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';

/** An [fcgi-program:x] section that is in no group, as its own. @throws ConfigError */
export function readFcgiGroup(
  source: Source,
  section: Section,
  name: string,
  serverEnvironment: Readonly<Record<string, string>>,
): GroupConfig {
  const priority = new SectionReader(source, section, fcgiKeys, source.hereScope()).read('priority');
  // Before the processes, which read it once more: of several errors the first is reported.
  const socket = readFcgiSocket(source, section, name);
  const processes = processesOf(source, section, name, serverEnvironment);
  return { name, priority, processes, type: 'fcgi', eventlistener: null, socket };
}
