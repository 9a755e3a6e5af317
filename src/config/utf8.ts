/**
 * What is wrong with bytes that are not UTF-8, in the words Supervisor shows (those of Python's decoder, for a file of up to 8 KiB).
 * Source: RFC 3629 for what is well formed.
 */
export function utf8Fault(bytes: Uint8Array): string {
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length === 0) return fault(bytes, at, 1, 'invalid start byte');
    let good = 1;
    while (good < length && continues(first, good, bytes[at + good])) good += 1;
    if (good < length) {
      return fault(bytes, at, good, at + good >= bytes.length ? 'unexpected end of data' : 'invalid continuation byte');
    }
    at += length;
  }
  return "'utf-8' codec can't decode the file";
}

/** The second byte of some sequences has a narrower range, so that there are no overlong forms, surrogates or too large ones. */
function continues(first: number, position: number, byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const low = position > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = position > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

function fault(bytes: Uint8Array, at: number, length: number, reason: string): string {
  const codec = "'utf-8' codec can't decode";
  if (length > 1) return `${codec} bytes in position ${at}-${at + length - 1}: ${reason}`;
  return `${codec} byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')} in position ${at}: ${reason}`;
}
