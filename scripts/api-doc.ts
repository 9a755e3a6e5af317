import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Method } from '../src/control/method.ts';
import { methods } from '../src/control/methods.ts';

/*
 * Writes docs/api.md from the table of methods: `node scripts/api-doc.ts`. A test compares the page with the table.
 */

function heading({ name, parameters, returns }: Method): string {
  const shown = parameters.map((parameter) =>
    parameter.otherwise === undefined ? parameter.name : `${parameter.name} = ${parameter.otherwise}`,
  );
  return `### ${name}(${shown.join(', ')}) → ${returns}`;
}

function section(row: Method): string[] {
  const parameters = row.parameters.map(({ name, type, doc }) => `- \`${name}\` (${type}): ${doc}`);
  return [heading(row), '', row.doc, '', ...parameters, `- result: ${row.resultDoc}`, ''];
}

/** The page, as it must be. */
export function apiPage(): string {
  const namespaces = [...new Set(methods.map(({ name }) => name.split('.', 1)[0] ?? ''))];
  const lines = [
    '# Methods',
    '',
    'Written by `scripts/api-doc.ts` from the table in `src/control/methods.ts`.',
    '',
    'Spoken as XML-RPC to `/RPC2` on every [unix_http_server] and [inet_http_server], as Supervisor does. A fault has the code that',
    'Supervisor gives it (`src/control/contract.ts`) and the text `NAME` or `NAME: what it is about`. While the daemon is on its way out,',
    'every method of `supervisor` faults SHUTDOWN_STATE.',
    '',
  ];
  for (const namespace of namespaces) {
    lines.push(`## ${namespace}`, '');
    for (const row of methods) if (row.name.startsWith(`${namespace}.`)) lines.push(...section(row));
  }
  return lines.join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'api.md'), apiPage());
