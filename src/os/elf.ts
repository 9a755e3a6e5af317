/** What a program's ELF file says of how it will be loaded (elf(5)). */
export interface ElfFacts {
  /** The dynamic loader (PT_INTERP); null: the program is static. */
  readonly interpreter: string | null;
  /** It was built by Go's own compiler (a note of the owner `Go`), which makes system calls without the C library. */
  readonly go: boolean;
  /** 64 bit and little-endian, as every machine is that legato runs on. */
  readonly native: boolean;
}

const programInterpreter = 3;
const programNote = 4;
const programHeaderSize = 56;

/** A header table or a name longer than these is no program that the kernel would start (it limits them likewise). */
const mostHeaders = 1170;
const longestName = 4096;
const longestNote = 65_536;

/**
 * Reads the headers through `read(offset, size)`, which may return less at the end of the file.
 * null: not an ELF file, or one cut short.
 */
export function interpreterOf(read: (offset: number, size: number) => Buffer): ElfFacts | null {
  const header = read(0, 64);
  if (header.length < 64 || header.toString('latin1', 0, 4) !== '\x7fELF') return null;
  if (header[4] !== 2 || header[5] !== 1) return { interpreter: null, go: false, native: false };
  const offset = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (size !== programHeaderSize || count > mostHeaders || !Number.isSafeInteger(offset)) return null;
  const table = read(offset, size * count);
  if (table.length < size * count) return null;
  let interpreter: string | null = null;
  let go = false;
  for (let at = 0; at < table.length; at += size) {
    const type = table.readUInt32LE(at);
    if (type !== programInterpreter && type !== programNote) continue;
    const start = Number(table.readBigUInt64LE(at + 8));
    const length = Number(table.readBigUInt64LE(at + 32));
    if (!Number.isSafeInteger(start)) return null;
    if (type === programInterpreter && length > 0 && length <= longestName) {
      interpreter = read(start, length).toString('utf8').replace(/\0.*$/s, '');
    } else if (type === programNote && length <= longestNote) {
      go ||= hasGoNote(read(start, length));
    }
  }
  return { interpreter, go, native: true };
}

/** Notes follow each other: three u32 (name size, description size, type), the name, the description, each padded to 4. */
function hasGoNote(notes: Buffer): boolean {
  let at = 0;
  while (at + 12 <= notes.length) {
    const name = notes.readUInt32LE(at);
    const description = notes.readUInt32LE(at + 4);
    if (notes.toString('latin1', at + 12, at + 12 + Math.min(name, 4)) === 'Go\0\0') return true;
    at += 12 + ((name + 3) & ~3) + ((description + 3) & ~3);
  }
  return false;
}
