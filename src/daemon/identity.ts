import type { Identity } from '../config/values/account.ts';

/** As whom a process is started; null: as the daemon is. Supervisor, too, leaves everything (groups as well) as it is where the user is its own. */
export function identityToTake(identity: Identity | null): Identity | null {
  return identity !== null && isOwn(identity) ? null : identity;
}

/** Supervisor's reason for not becoming this user: only root may. null: we are root, or it is ourselves. */
export function reasonAgainst(identity: Identity | null): string | null {
  if (identity === null || isOwn(identity) || process.getuid?.() === 0) return null;
  return "Can't drop privilege as nonroot user";
}

function isOwn({ uid }: Identity): boolean {
  return uid === process.getuid?.();
}
