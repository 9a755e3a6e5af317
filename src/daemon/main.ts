import { begin, launcher } from './begin.ts';

void begin(process.argv.slice(2), launcher(process.argv[1] ?? '')).then((code) => {
  if (code !== null) process.exitCode = code;
});
