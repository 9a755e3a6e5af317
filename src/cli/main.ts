import { resolve } from 'node:path';
import { exitCode } from './exit-code.ts';
import { legatoctl } from './legatoctl.ts';

// A reader that has gone (`legatoctl status | head -1`) is no trouble of ours.
process.stdout.on('error', () => process.exit(exitCode.generic));

// No top-level await: the bundle is CommonJS (rolldown.config.ts).
void legatoctl(process.argv.slice(2), {
  // The launcher beside which this was installed.
  program: resolve(process.argv[1] ?? '', '../../../bin/legatoctl'),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
