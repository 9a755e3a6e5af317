import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

/* The numbers of errno(3) that are looked for: init reports errors by number. */
export const EAGAIN: number = constants.errno.EAGAIN;
export const EBUSY: number = constants.errno.EBUSY;
export const ECHILD: number = constants.errno.ECHILD;
export const EMFILE: number = constants.errno.EMFILE;
export const EPERM: number = constants.errno.EPERM;
export const ESRCH: number = constants.errno.ESRCH;

/** `ENOENT` for 2; `errno N` for a number without a name, 0 among them. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}
