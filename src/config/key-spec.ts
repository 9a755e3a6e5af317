import type { TypeName } from './values/types.ts';

/** Which `%(name)s` a value may use; see `nameSets`. */
export type NameSet = 'environment' | 'here' | 'include' | 'socket' | 'program' | 'process' | 'generation';

export const nameSets: Readonly<Record<NameSet, string>> = {
  environment: '`ENV_x`',
  here: '`here`, `ENV_x`',
  include: '`here`, `host_node_name`, `ENV_x`',
  socket: '`here`, `program_name`, `ENV_x`',
  program: '`here`, `program_name`, `group_name`, `host_node_name`, `ENV_x`',
  process:
    "those of *program*, `process_num`, `numprocs`, `ENV_x` of the program's own `environment`, and `listen_fd_NAME`, the number of an inherited socket of `listen`",
  generation:
    'those of *process*, and `generation`: the number of the generation, and `generation_slot`: the lowest number from 0 on that no other living generation of the process has (0 and 1 in turn where one overlaps the other), expanded at each spawn (Supervisor has no such name, and refuses a file that uses it); only as `%(generation)s`',
};

export type KeySpec = {
  readonly type: TypeName;
  readonly preset: string | null;
  readonly names: NameSet;
  readonly doc: string;
};

export type SectionKeys = Readonly<Record<string, KeySpec>>;
