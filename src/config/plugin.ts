import { ConfigError } from './config-error.ts';
import { repr } from './python-text.ts';

/**
 * What a `module:attribute` names, as setuptools reads an entry point `name = module:attribute`: blanks go, an `[extras]` list is
 * ignored, and whatever stands before the last `=` that fits counts to the name.
 */
const entryPoint = /^.+?\s*=\s*([\p{L}\p{N}_.]+)\s*(?::\s*([\p{L}\p{N}_.]+))?\s*(?:\[.*\])?\s*$/u;

const moduleName = /^[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*$/u;

/** @throws ConfigError for what is no `module:attribute`, in the words of setuptools. */
export function pluginOf(text: string): string {
  const parts = entryPoint.exec(`x=${text}`);
  if (parts === null) {
    // Supervisor prints the exception's two arguments as a tuple.
    throw new ConfigError(`("EntryPoint must be in 'name=module:attrs [extras]' format", ${repr(`x=${text}`)})`);
  }
  const [, module = ''] = parts;
  if (!moduleName.test(module)) throw new ConfigError(`('Invalid module name', ${repr(module)})`);
  return parts[2] === undefined ? module : `${module}:${parts[2]}`;
}
