/**
 * The strict load generator: no request is ever tried again.
 *
 *   node test/support/load/main.ts --url http://127.0.0.1:8000/ --mode close --concurrency 24 --duration 5000
 *
 * Says `load: begun` on standard error when it begins. Ends after --duration milliseconds, when --stop-file exists, or on SIGTERM; then prints the result as JSON on standard
 * output and one line on standard error. Exit codes: 0 nothing failed, 1 something did (or nothing succeeded), 2 usage.
 */
import { parseArgs } from 'node:util';
import { generate, summary } from './generate.ts';
import type { LoadMode, LoadOptions } from './options.ts';

const modes: readonly string[] = ['close', 'keep', 'post', 'stream'] satisfies LoadMode[];

function isMode(text: string): text is LoadMode {
  return modes.includes(text);
}

function read(): LoadOptions {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      unix: { type: 'string' },
      path: { type: 'string' },
      mode: { type: 'string', default: 'close' },
      concurrency: { type: 'string', default: '24' },
      duration: { type: 'string' },
      pause: { type: 'string', default: '0' },
      'stop-file': { type: 'string' },
      timeout: { type: 'string', default: '10000' },
    },
  });
  const { url, unix, path, mode } = values;
  const duration = values.duration === undefined ? undefined : Number(values.duration);
  const stopFile = values['stop-file'];
  const concurrency = Number(values.concurrency);
  const timeoutMs = Number(values.timeout);
  const pauseMs = Number(values.pause);
  if (!isMode(mode)) throw new Error(`--mode is one of ${modes.join(', ')}`);
  if (url === undefined && unix === undefined) throw new Error('--url or --unix is needed');
  if (!(concurrency >= 1) || !(timeoutMs >= 1) || !(pauseMs >= 0) || Number.isNaN(duration))
    throw new Error('a number is needed');
  return {
    mode,
    concurrency,
    timeoutMs,
    pauseMs,
    ...(url === undefined ? {} : { url }),
    ...(unix === undefined ? {} : { unix }),
    ...(path === undefined ? {} : { path }),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(stopFile === undefined ? {} : { stopFile }),
  };
}

let options: LoadOptions;
try {
  options = read();
} catch (error) {
  console.error(`load: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(2);
}
// For whoever began it: from here on it is there.
console.error('load: begun');
const result = await generate(options);
console.log(JSON.stringify(result));
console.error(summary(result));
process.exitCode = result.failed === 0 && result.succeeded > 0 ? 0 : 1;
