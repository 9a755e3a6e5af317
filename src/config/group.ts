import type { GroupConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readFcgiGroup } from './fcgi.ts';
import type { Section } from './ini.ts';
import { readListenerPool } from './listener.ts';
import { byPriority, processesOf } from './program.ts';
import { groupKeys, ownGroupKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import { nameAfterColon, type Source } from './source.ts';
import { nameOf } from './values/word.ts';

/**
 * All groups, sorted by (priority, name): the [group:x] sections, then each program that is in none of them as a group of its own,
 * event listener pools, and fcgi-programs. The order of reading is Supervisor's: of several errors the first is reported.
 * A name may occur twice when two kinds of section share it; Supervisor keeps the first.
 * @throws ConfigError
 */
export function readGroups(source: Source, serverEnvironment: Readonly<Record<string, string>>): GroupConfig[] {
  const grouped = new Set<string>();
  const groups = source.sections('group:').map((section) => readGroup(source, section, serverEnvironment, grouped));
  const alone = (section: Section): boolean => !grouped.has(section.name);
  for (const section of source.sections('program:').filter(alone)) {
    const name = nameFrom(section);
    const priority = ownPriority(source, section);
    groups.push(plain(name, priority, processesOf(source, section, name, serverEnvironment)));
  }
  for (const section of source.sections('eventlistener:')) {
    groups.push(readListenerPool(source, section, serverEnvironment));
  }
  for (const section of source.sections('fcgi-program:').filter(alone)) {
    groups.push(readFcgiGroup(source, section, nameFrom(section), serverEnvironment));
  }
  return groups.sort(byPriority);
}

function readGroup(
  source: Source,
  section: Section,
  serverEnvironment: Readonly<Record<string, string>>,
  grouped: Set<string>,
): GroupConfig {
  const reader = new SectionReader(source, section, groupKeys, source.hereScope());
  const name = nameFrom(section);
  const programs = reader.read('programs');
  const priority = reader.read('priority');
  const sections = source.ini.sections;
  // From the second program on, Supervisor's messages name the section of the program before.
  let blamed = section.name;
  const processes = programs.flatMap((program) => {
    const asProgram = sections.get(`program:${program}`);
    const asFcgi = sections.get(`fcgi-program:${program}`);
    const found = asProgram ?? asFcgi;
    if (found === undefined) {
      throw new ConfigError(`[${blamed}] names unknown program or fcgi-program ${program}`, reader.place('programs'));
    }
    if (asProgram !== undefined && asFcgi !== undefined) {
      const text = `[${blamed}] name ${program} is ambiguous (exists as program and fcgi-program)`;
      throw new ConfigError(text, reader.place('programs'));
    }
    blamed = found.name;
    grouped.add(found.name);
    return processesOf(source, found, name, serverEnvironment);
  });
  return plain(name, priority, processes);
}

function plain(name: string, priority: number, processes: GroupConfig['processes']): GroupConfig {
  return { name, priority, processes, type: 'group', eventlistener: null, socket: null };
}

function ownPriority(source: Source, section: Section): number {
  return new SectionReader(source, section, ownGroupKeys, source.hereScope()).read('priority');
}

/** The name behind the colon. @throws ConfigError with the section's place */
function nameFrom(section: Section): string {
  try {
    return nameOf(nameAfterColon(section));
  } catch (error) {
    if (error instanceof ConfigError) error.place ??= section.place;
    throw error;
  }
}
