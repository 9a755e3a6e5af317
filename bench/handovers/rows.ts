import { frontRows } from './fronts.ts';
import { nodeRows } from './node.ts';
import { pythonRows } from './python.ts';
import type { Row } from './row.ts';
import { rubyRows } from './ruby.ts';

/** Every service and way. */
export const rows: readonly Row[] = [...nodeRows, ...pythonRows, ...frontRows, ...rubyRows];

export const nameOf = ({ service, way }: Row): string => `${service} · ${way}`;
