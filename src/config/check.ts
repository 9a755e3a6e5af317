import type { Config, Message, Place } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigHost } from './host.ts';
import type { Entry, Section } from './ini.ts';
import { type Failure, loadConfig } from './load.ts';
import { nearest } from './nearest.ts';
import type { DaemonOptions } from './options.ts';
import { readFiles } from './read-files.ts';
import { type SectionSpec, schema } from './schema.ts';
import { Source } from './source.ts';

export type Checked = { readonly ok: true; readonly messages: readonly Message[] } | Failure;

/**
 * What is right for Supervisor but hardly meant, for `--check`: names nobody knows, keys swallowed by the line above, quotes that
 * stay, a log that is rotated where nothing can be. Beside it, everything the load itself says.
 */
export function checkConfig(options: DaemonOptions, host: ConfigHost): Checked {
  const loaded = loadConfig(options, host);
  if (!loaded.ok) return loaded;
  const source = new Source(loaded.config.file, host, options.strict);
  try {
    readFiles(source);
  } catch (error) {
    // It was read a moment ago; a file may have changed since.
    if (error instanceof ConfigError) return { ok: false, message: error.message, place: error.place };
    throw error;
  }
  const found = [...source.ini.sections.values()].flatMap(checkSection);
  const messages = found.map(({ text, place }): Message => ({ level: 'warn', text, place }));
  return { ok: true, messages: [...loaded.config.messages, ...messages, ...checkGroups(loaded.config)] };
}

type Finding = { readonly text: string; readonly place: Place };

function specOf(name: string): SectionSpec | undefined {
  return schema.find((spec) => {
    if (spec.match === 'whole') return name === spec.name;
    return name.startsWith(spec.match === 'named' ? `${spec.name}:` : spec.name);
  });
}

function keysOf(spec: SectionSpec): string[] {
  const also = schema.filter((other) => spec.also?.includes(other.name));
  return [spec.keys, spec.alone ?? {}, spec.lent ?? {}, ...also.map(({ keys }) => keys)].flatMap((keys) =>
    Object.keys(keys),
  );
}

function checkSection(section: Section): Finding[] {
  const spec = specOf(section.name);
  if (spec === undefined) return [unknownSection(section)];
  const known = keysOf(spec);
  return [...section.entries].flatMap(([key, entry]) => [
    ...(spec.open === true || known.includes(key) ? [] : [unknownKey(section, key, entry, known)]),
    ...swallowed(section, key, entry, known),
    ...oddValue(section, key, entry),
  ]);
}

function unknownSection(section: Section): Finding {
  const colon = section.name.indexOf(':');
  const kind = (colon < 0 ? section.name : section.name.slice(0, colon)).trim();
  const near = nearest(
    kind,
    schema.map((spec) => spec.name),
  );
  const rest = colon < 0 ? '' : section.name.slice(colon).trimEnd();
  const hint = near === null ? '' : `; did you mean [${near}${rest}]?`;
  return { text: `[${section.name}] is no section anybody reads${hint}`, place: section.place };
}

function unknownKey(section: Section, key: string, entry: Entry, known: readonly string[]): Finding {
  const near = nearest(key, known);
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return { text: `[${section.name}] ${key} is no key anybody reads${hint}`, place: entry.place };
}

/** Indented lines that look like keys: they became part of the value above. */
function swallowed(section: Section, key: string, entry: Entry, known: readonly string[]): Finding[] {
  return (entry.continued ?? []).flatMap(({ text, line }) => {
    const inner = /^([\w.-]+)\s*[=:]/.exec(text)?.[1]?.toLowerCase();
    if (inner === undefined || !known.includes(inner)) return [];
    return [
      {
        text: `[${section.name}] ${inner} is indented and so became part of ${key}; begin it at the start of the line`,
        place: { file: entry.place.file, line },
      },
    ];
  });
}

const quoted = /^(["']).*\1$/;
const devices = /^\/(?:dev\/(?:stdout|stderr|fd\/[0-9]+)|proc\/self\/fd\/[0-9]+)$/;

function oddValue(section: Section, key: string, entry: Entry): Finding[] {
  if ((key === 'directory' || key.endsWith('logfile')) && quoted.test(entry.value)) {
    return [{ text: `[${section.name}] ${key}: the quotes are part of the path`, place: entry.place }];
  }
  if (key.endsWith('logfile') && devices.test(entry.value)) {
    const size = section.entries.get(`${key}_maxbytes`);
    if (size === undefined || Number.parseInt(size.value, 10) !== 0) {
      const text = `[${section.name}] ${key}=${entry.value} cannot be rotated; set ${key}_maxbytes=0`;
      return [{ text, place: size?.place ?? entry.place }];
    }
  }
  return [];
}

/** Groups as a whole: what Supervisor silently makes of them. */
function checkGroups(config: Config): Message[] {
  const messages: Message[] = [];
  const warn = (text: string, place: Place | null): void => void messages.push({ level: 'warn', text, place });
  const seen = new Set<string>();
  for (const { name } of config.groups) {
    if (seen.has(name)) warn(`there are several groups named ${name}; the first one counts`, null);
    seen.add(name);
  }
  return messages;
}
