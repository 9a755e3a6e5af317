import { createHash } from 'node:crypto';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

/**
 * What is executed is one file a program, and one for each part that is loaded only when somebody needs it: a hundred small modules cost Node
 * 4 MB of memory and 30 ms at every start.
 */
const common = {
  platform: 'node',
  external: ['sax'],
} satisfies RolldownOptions;
const output = {
  dir: 'dist/bundle',
  format: 'cjs',
  dynamicImportInCjs: false,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
} satisfies RolldownOptions['output'];

/**
 * A part is a function that begins with the hash of its text (src/entry/part.ts). In ASCII alone, for V8 keeps a text with any other character
 * in two bytes each; such characters stand in texts and patterns, which take an escape for the same.
 */
const parts: Plugin = {
  name: 'parts',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      const code = file.code.replaceAll(/[^\0-\x7f]/g, escaped);
      const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
      file.code = `/*${hash}*/(function(exports,require,module,__filename,__dirname){${code}\n})`;
    }
  },
};

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export default defineConfig([
  { ...common, output, input: { daemon: 'dist/daemon/main.js', cli: 'dist/cli/main.js' }, plugins: [parts] },
  { ...common, output, input: { legatod: 'dist/entry/legatod.js' } },
  { ...common, output, input: { legatoctl: 'dist/entry/legatoctl.js' } },
]);
