import type { Session } from './session.ts';

/** Asks in the shell whether it is really meant; a single command is always meant. */
export async function isMeant(session: Session, question: string): Promise<boolean> {
  if (session.ask === null) return true;
  const answer = await session.ask(question, false);
  return answer?.toLowerCase().startsWith('y') ?? false;
}
