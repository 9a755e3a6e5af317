import type { Session } from './session.ts';

/** What the words after a verb name, for completion in the shell. */
export type Completes = 'verbs' | 'groups' | 'processes';

/** One command of the shell and of the command line. */
export type Verb = {
  /** Lines of `help VERB`, also shown after wrong arguments. */
  readonly help: readonly string[];
  readonly completes?: Completes;
  /** It lists something, and `--json` among its words has it printed as JSON: `session.json` then. */
  readonly json?: true;
  /** `argument` is what stands after the verb, stripped. What is thrown becomes an `error:` line. */
  readonly run: (session: Session, argument: string) => Promise<void> | void;
};
