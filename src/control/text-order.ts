/** Orders text by its characters as Python sorts names; no locale has a say. */
export function lexically(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
