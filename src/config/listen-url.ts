/** Where a listener socket is bound. Hosts are numeric, in the one form inet_ntop(3) writes; `0.0.0.0` and `::` are every interface. */
export type ListenPlace =
  | {
      readonly family: 'tcp4' | 'tcp6' | 'udp4' | 'udp6';
      /** A link-local one has its interface behind a percent sign. */
      readonly host: string;
      readonly port: number;
      /** `::` for IPv6 alone (IPV6_V6ONLY); else it takes IPv4 as well. */
      readonly v6only: boolean;
    }
  | {
      readonly family: 'unix' | 'unix-dgram';
      /** Absolute and normalised, or `@` and an abstract name. */
      readonly path: string;
    };

/** How an address is written: one way for each, so that what means the same is the same socket. */
export function urlOf(place: ListenPlace): string {
  if ('path' in place) return `${place.family}://${place.path}`;
  const protocol = place.family.slice(0, 3);
  return `${protocol}${place.v6only ? '6' : ''}://${hostPortOf(place)}`;
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function hostPortOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether it has a queue of connections. */
export function isStream({ family }: ListenPlace): boolean {
  return family === 'unix' || family === 'tcp4' || family === 'tcp6';
}

/** Whether bind(2) would refuse the second of them. `::` is bound for both families. */
export function clash(a: ListenPlace, b: ListenPlace): boolean {
  if (!('port' in a) || !('port' in b)) return 'path' in a && 'path' in b && a.path === b.path;
  if (a.port !== b.port || a.family.slice(0, 3) !== b.family.slice(0, 3)) return false;
  if (a.family !== b.family) return [a, b].some(({ host, v6only }) => host === '::' && !v6only);
  return a.host === b.host || [a, b].some(({ host }) => host === '::' || host === '0.0.0.0');
}
