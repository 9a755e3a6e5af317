import type { ProcessConfig, ServerConfig } from '../config/config.ts';
import { repr } from '../config/python-text.ts';
import { splitCommand } from '../config/shell-words.ts';
import { findExecutable } from '../os/executable.ts';
import { serviceEnvironment } from './environment.ts';

/** What a command is resolved against. */
export type CommandContext = {
  readonly server: ServerConfig;
  /** The environment legatod was started with. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Where services without a `directory` run; null: where legatod was started. */
  readonly directory: string | null;
};

export type Command =
  | {
      readonly ok: true;
      readonly argv: readonly string[];
      /** For execve(2), after the change of directory. */
      readonly path: string;
      readonly environment: Readonly<Record<string, string>>;
    }
  /** Supervisor's fault for `start`, and its sentence. */
  | { readonly ok: false; readonly fault: 'NO_FILE' | 'NOT_EXECUTABLE'; readonly reason: string };

/** Where a process runs; null: where legatod was started. */
export function directoryOf(process: ProcessConfig, context: CommandContext): string | null {
  return process.directory ?? context.directory;
}

/** The command of a process as it would be executed now, or why it cannot be: a bad quote, nothing there, no permission. */
export function resolveCommand(process: ProcessConfig, context: CommandContext): Command {
  let argv: string[];
  try {
    argv = splitCommand(process.command);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, fault: 'NOT_EXECUTABLE', reason: `can't parse command ${repr(process.command)}: ${why}` };
  }
  const [program] = argv;
  if (program === undefined) return { ok: false, fault: 'NOT_EXECUTABLE', reason: 'command is empty' };
  const environment = serviceEnvironment(context.inherited, context.server, process);
  const search = { path: environment['PATH'], directory: directoryOf(process, context) };
  const found = findExecutable(program, search);
  if (found.ok) return { ok: true, argv, path: found.path, environment };
  const standIn = program.endsWith(stdoutListener) ? findExecutable(idle, search) : found;
  return standIn.ok ? { ok: true, argv: [idle], path: standIn.path, environment } : found;
}

/** The listener of the plugin supervisor-stdout, whose work legato does itself where it is not installed. */
const stdoutListener = 'supervisor_stdout';
/** Runs in its place, so that it is RUNNING for whoever looks, and does nothing: nobody writes to its stdin. */
const idle = 'cat';

/** Whether the process is that listener and not installed. */
export function isStoodInFor(process: ProcessConfig, context: CommandContext): boolean {
  const command = resolveCommand(process, context);
  return command.ok && command.argv[0] === idle && process.command.includes(stdoutListener);
}
