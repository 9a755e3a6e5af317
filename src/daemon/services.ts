import type { GroupConfig, ProcessConfig } from '../config/config.ts';
import type { ProcessKey, ProcessSpec } from '../core/program.ts';
import type { Process, World } from '../core/world.ts';

/**
 * The configuration of what is active. Which one a process has is the core's to say (two during a handover by a change of the
 * configuration: the current generation's and the next one's); what else belongs to a spec of the core is known here.
 */
export class Services {
  readonly #world: () => World;
  readonly #groups = new Map<string, GroupConfig>();
  readonly #bySpec = new WeakMap<ProcessSpec, ProcessConfig>();

  constructor(world: () => World) {
    this.#world = world;
  }

  /** As they were made active, members that have been changed or are leaving among them. */
  activated(): readonly GroupConfig[] {
    return [...this.#groups.values()];
  }

  /** What was last asked for of a process, whether it has it already or not; undefined: it is not to be there. */
  asked({ group, key }: Pick<ProcessConfig, 'group' | 'key'>): ProcessConfig | undefined {
    return this.#groups.get(group)?.processes.find((process) => process.key === key);
  }

  /** Before the core hears of it. */
  add(group: GroupConfig): void {
    this.#groups.set(group.name, group);
    for (const process of group.processes) this.know(process, process);
  }

  remove(name: string): void {
    this.#groups.delete(name);
  }

  /** A spec that the core is about to hear of, and the configuration it stands for. */
  know(spec: ProcessSpec, config: ProcessConfig): void {
    this.#bySpec.set(spec, config);
  }

  configOf(spec: ProcessSpec): ProcessConfig | undefined {
    return this.#bySpec.get(spec);
  }

  /** That of the current generation; of a process that is down, that of the next start. */
  process(key: ProcessKey): ProcessConfig | undefined {
    const process = this.#world().processes.get(key);
    return process === undefined ? undefined : this.configOf(process.spec);
  }

  group(name: string): GroupConfig | undefined {
    const group = this.#groups.get(name);
    return group === undefined ? undefined : { ...group, processes: this.#members(name) };
  }

  /** Members that a change of the configuration has taken out, and that have not ended yet. */
  leaving(group: string): readonly ProcessSpec[] {
    const { groups, processes } = this.#world();
    const members = (groups.get(group)?.members ?? []).flatMap((key) => processes.get(key) ?? []);
    return members.filter(({ leaving }) => leaving).map(({ spec }) => spec);
  }

  /** The section that makes a group a pool; null: it is none. */
  eventlistener(name: string): GroupConfig['eventlistener'] {
    return this.#groups.get(name)?.eventlistener ?? null;
  }

  /** In order of activation. */
  groups(): readonly GroupConfig[] {
    return [...this.#groups.values()].map((group) => ({ ...group, processes: this.#members(group.name) }));
  }

  /** Of all processes, and of all their generations. */
  *declared(): Iterable<ProcessConfig> {
    for (const process of this.#world().processes.values()) {
      for (const spec of specsOf(process)) {
        const config = this.configOf(spec);
        if (config !== undefined) yield config;
      }
    }
  }

  #members(group: string): readonly ProcessConfig[] {
    const members = this.#world().groups.get(group)?.members ?? [];
    return members.flatMap((key) => {
      const process = this.#world().processes.get(key);
      // One that is leaving is not of the configuration any more; what waits for the next start is.
      if (process === undefined || process.leaving) return [];
      return this.configOf(process.pending ?? process.spec) ?? [];
    });
  }
}

function specsOf({ spec, pending, next, queued, draining }: Process): readonly ProcessSpec[] {
  const others = [next, queued].flatMap((one) => (one === null ? [] : [one.spec]));
  return [spec, ...(pending === null ? [] : [pending]), ...others, ...draining.map((one) => one.spec)];
}
