import type { HttpServerConfig } from '../config/config.ts';

/** Whoever reaches this server is the daemon's own user or root: nobody else can open the socket. */
export function isForOwner(address: HttpServerConfig): boolean {
  return address.family === 'unix' && (address.chmod & 0o077) === 0 && address.chown === null;
}

/** A Python dict, as `%s` alone has it, of all names with their values: it may stand in a value that is found wrong. */
const everything = /\{'.*'\}/s;

/** Up to what Supervisor and we say after it: the section, the place. */
const names = /Available names: .*?(?= in section '|\s\([^()]*:\d+\)$|$)/s;

/**
 * An error of the configuration for those who may speak to the daemon but not look into it: variables of the environment are not listed
 * (Supervisor tells them to everybody).
 */
export function discreet(error: string): string {
  return error.replace(everything, '{…}').replace(names, 'Available names are in the main log');
}
