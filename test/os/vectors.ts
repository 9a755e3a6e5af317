import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One vector of docs/protocol.md. */
export type Vector = {
  readonly name: string;
  readonly frame: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly hex: string;
};

const page = join(import.meta.dirname, '..', '..', 'docs', 'protocol.md');

/** The vectors both sides of the link are held to. A u64, which the page writes as a string, becomes what the frames have: bigint for limits, else number. */
export function readVectors(): Vector[] {
  const block = /^```vectors\n([^]*?)^```$/m.exec(readFileSync(page, 'utf8'))?.[1];
  if (block === undefined) throw new Error('docs/protocol.md has no vectors');
  return block
    .trim()
    .split(/\n\n+/)
    .map((text) => {
      const [name = '', json = '', ...hex] = text.split('\n');
      return { name, frame: JSON.parse(json, revive) as Vector['frame'], hex: hex.join('').replaceAll(' ', '') };
    });
}

function revive(key: string, value: unknown): unknown {
  if (key === 'soft' || key === 'hard' || key === 'nofile' || key === 'device' || key === 'ino')
    return BigInt(value as string);
  return /(Ms|Us|Kb|inode|accepted|born)$/.test(key) && typeof value === 'string' ? Number(value) : value;
}
