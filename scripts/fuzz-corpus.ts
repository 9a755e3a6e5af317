/**
 * Writes the vectors of docs/protocol.md that the brain sends as the seeds of native/test/fuzz/corpus: each alone, and all in one. Run when the
 * link has changed; what a longer run of native/test/fuzz.sh has found lies beside them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '..');
const corpus = join(repository, 'native/test/fuzz/corpus');
const page = readFileSync(join(repository, 'docs/protocol.md'), 'utf8');
const block = /^```vectors\n([^]*?)^```$/m.exec(page)?.[1] ?? '';
mkdirSync(corpus, { recursive: true });
const frames = block
  .trim()
  .split(/\n\n+/)
  .map((text) => {
    const [name = '', , ...hex] = text.split('\n');
    return { name, bytes: Buffer.from(hex.join('').replaceAll(' ', ''), 'hex') };
  })
  .filter(({ bytes }) => bytes.readUInt16LE(4) < 0x80);
// The first byte is the harness's: into how many reads the rest is cut.
for (const { name, bytes } of frames)
  writeFileSync(join(corpus, `vector-${name}`), Buffer.concat([Buffer.of(0), bytes]));
writeFileSync(join(corpus, 'vectors'), Buffer.concat([Buffer.of(4), ...frames.map(({ bytes }) => bytes)]));
