import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameSets } from '../src/config/key-spec.ts';
import { type SectionSpec, schema } from '../src/config/schema.ts';

/*
 * Writes docs/config.md from the table in src/config/schema.ts: `node scripts/config-doc.ts`. A test compares the page with the table.
 */

function header(spec: SectionSpec): string {
  return spec.match === 'named' ? `[${spec.name}:x]` : `[${spec.name}]`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function defaultOf(preset: string | null): string {
  if (preset === null) return 'none';
  return preset === '' ? 'empty' : `\`${preset}\``;
}

function sectionText(spec: SectionSpec): string[] {
  const also =
    spec.also === undefined
      ? ''
      : ` It has all keys of ${spec.also.map((name) => `[${name}:x]`).join(', ')} as well, but for those of ${spec.lent === undefined ? 'handover and ' : ''}\`listen\`.`;
  const prefix = spec.match === 'prefix' ? ' Any section whose name begins so counts.' : '';
  const open = spec.open === true ? ' All other keys are handed to the plugin.' : '';
  const keys = Object.entries({ ...spec.keys, ...spec.alone }).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `## ${header(spec)}`,
    '',
    spec.doc + prefix + also + open,
    '',
    '| key | type | default | names | meaning |',
    '|---|---|---|---|---|',
    ...keys.map(
      ([name, key]) => `| ${name} | ${key.type} | ${defaultOf(key.preset)} | ${key.names} | ${cell(key.doc)} |`,
    ),
    '',
  ];
}

/** The text of docs/config.md. */
export function configPage(): string {
  return [
    '# The configuration file',
    '',
    'Written by `scripts/config-doc.ts` from the table in `src/config/schema.ts`. The file is the one of Supervisor 4.2.5: the same keys,',
    'defaults, expansions and error texts; an error also has its file and line. The keys of handover (`src/config/handover-keys.ts`) and of',
    "listener sockets (`src/config/listen-keys.ts`) are legato's own; Supervisor ignores them.",
    '',
    'Keys are in any case, sections are not. `;` and `#` after white space begin a comment, in quotes too. An indented line continues the',
    'value above. What is said twice counts as it was said last. `legatod --check` names what nobody reads.',
    '',
    'A value may use names as `%(name)s`; `%%` is a percent sign. Which names depends on the key:',
    '',
    '| names | are |',
    '|---|---|',
    ...Object.entries(nameSets).map(([name, text]) => `| ${name} | ${text} |`),
    '',
    ...schema.flatMap(sectionText),
  ].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'config.md'), configPage());
