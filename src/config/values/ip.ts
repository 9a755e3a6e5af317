const octet = '(?:0|[1-9][0-9]{0,2})';
const dotted = new RegExp(`^${octet}(?:\\.${octet}){3}$`);

/** Whether it is an IPv4 address as inet_pton(3) reads it: four decimal numbers to 255, no leading zeros. */
export function isIpv4(text: string): boolean {
  return dotted.test(text) && text.split('.').every((one) => Number(one) <= 255);
}

const hextet = /^[0-9a-f]{1,4}$/i;

/**
 * An IPv6 address in its one shortest form (RFC 5952, which is inet_ntop(3)'s); null when it is none. Not taken: forms with an IPv4
 * address inside (a socket for that one is to be had by writing it alone) and zones.
 */
export function canonicalIpv6(text: string): string | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const written = [...head, ...(tail ?? [])];
  if (!written.every((one) => hextet.test(one))) return null;
  // `::` stands for one group of zeros at least.
  if (tail === undefined ? written.length !== 8 : written.length > 7) return null;
  const zeros = Array.from({ length: 8 - written.length }, () => '0');
  const groups = [...head, ...zeros, ...(tail ?? [])].map((one) => Number.parseInt(one, 16));
  return mapped(groups) ? null : shortest(groups);
}

/** `::ffff:0:0/96` (RFC 4291, 2.5.5.2). */
function mapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** RFC 5952, 4.2: the longest run of two zeros or more, the first of equals, becomes `::`. */
function shortest(groups: readonly number[]): string {
  let start = 0;
  let length = 1;
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}
