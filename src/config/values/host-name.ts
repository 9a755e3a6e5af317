import type { ConfigHost } from '../host.ts';
import { isIpv4 } from './ip.ts';

/**
 * The IPv4 address of a name: an address itself, or what hosts(5) says. DNS is not asked: a name to listen on is one of this machine's.
 * null: it is not known.
 */
export function addressOfHost(name: string, host: ConfigHost): string | null {
  if (isIpv4(name)) return name;
  const hosts = host.readFile('/etc/hosts');
  for (const line of hosts.ok ? hosts.text.split('\n') : []) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIpv4(address) && names.some((one) => one.toLowerCase() === name)) return address;
  }
  return name === 'localhost' ? '127.0.0.1' : null;
}
