import { candidates } from './completion.ts';
import { runLine } from './run-line.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** The interactive shell: shows the status, then carries out what is typed, until `quit`, ^D or ^C. */
export async function shell(session: Session, terminal: Terminal): Promise<void> {
  terminal.complete = (line) => candidates(session, line);
  await runLine(session, 'status');
  for (;;) {
    const line = await terminal.ask(`${session.config.prompt}> `, false);
    if (line === null) {
      if (terminal.interrupted) session.out('');
      else await runLine(session, 'EOF');
      return;
    }
    if (!(await runLine(session, line))) return;
  }
}
