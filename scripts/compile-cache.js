// Keeps what Node makes of the sources for the next test file: to strip types and to compile is most of a short test's time.
import { enableCompileCache } from 'node:module';

enableCompileCache(new URL('../build/compile-cache', import.meta.url).pathname);
