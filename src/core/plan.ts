/** Names, each list in the order of the plan it comes from (`changed` in the order of the wanted one). */
export type PlanDifference = {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

/**
 * What must happen to turn the active groups into the wanted ones: the difference of two values, as `reread` reports it.
 * @param same whether a group of both plans may go on as it is
 */
export function comparePlans<T extends { readonly name: string }>(
  active: readonly T[],
  wanted: readonly T[],
  same: (active: T, wanted: T) => boolean,
): PlanDifference {
  const before = new Map(active.map((one) => [one.name, one]));
  const after = new Set(wanted.map((one) => one.name));
  const added: string[] = [];
  const changed: string[] = [];
  for (const one of wanted) {
    const old = before.get(one.name);
    if (old === undefined) added.push(one.name);
    else if (!same(old, one)) changed.push(one.name);
  }
  return { added, changed, removed: active.map((one) => one.name).filter((name) => !after.has(name)) };
}

/** Keys of processes, in the order of the wanted configuration (`removed`: of the active one). */
export type MemberDifference = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What they have otherwise, a running process can have as it is. */
  readonly amended: readonly string[];
  /** Only a new generation can have it. */
  readonly renewed: readonly string[];
};

/** The same for the processes of one group. change: what it takes to turn one configuration of a process into another. */
export function compareMembers<T extends { readonly key: string }>(
  active: readonly T[],
  wanted: readonly T[],
  change: (active: T, wanted: T) => 'none' | 'in place' | 'renewal',
): MemberDifference {
  const before = new Map(active.map((one) => [one.key, one]));
  const after = new Map(wanted.map((one) => [one.key, one]));
  const added: string[] = [];
  const amended: string[] = [];
  const renewed: string[] = [];
  for (const [key, one] of after) {
    const old = before.get(key);
    const what = old === undefined ? 'added' : change(old, one);
    if (what === 'added') added.push(key);
    else if (what === 'in place') amended.push(key);
    else if (what === 'renewal') renewed.push(key);
  }
  return { added, removed: [...before.keys()].filter((key) => !after.has(key)), amended, renewed };
}
