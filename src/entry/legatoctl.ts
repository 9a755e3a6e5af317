import { loadPart } from './part.ts';

loadPart(import.meta.dirname, './cli.cjs');
