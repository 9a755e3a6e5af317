import { type ListenPlace, urlOf } from '../config/listen-url.ts';
import { errnoName } from '../os/errno.ts';
import { socketOwner } from '../os/socket-owner.ts';

/** Why init could not make a listener socket, and what is known of the cure: becomes `spawnerr` and a line of the main log. */
export function listenFailure(place: ListenPlace, stage: string, errno: number): string {
  const name = errnoName(errno);
  const why = hint(place, stage, name);
  return `cannot listen on ${urlOf(place)}: ${stage}: ${name}${why === null ? '' : ` (${why})`}`;
}

function hint(place: ListenPlace, stage: string, name: string): string | null {
  const isFile = 'path' in place && !place.path.startsWith('@');
  switch (name) {
    case 'EADDRINUSE': {
      const owner = socketOwner(place);
      if (owner === null) return 'somebody else has it, who cannot be seen from here';
      return `${owner.name}, pid ${owner.pid}, has it`;
    }
    case 'EADDRNOTAVAIL':
      return 'no interface of this machine has that address';
    case 'EINVAL':
      return stage === 'address' && !isFile ? 'it is no IP address, and /etc/hosts does not know it' : null;
    case 'ENODEV':
      return 'there is no such interface';
    case 'ENOTSOCK':
      return 'there is a file of that name, which is no socket';
    case 'EAFNOSUPPORT':
      return 'IPv6 is switched off here';
    case 'EACCES':
      return isFile ? 'its directory cannot be written to' : 'ports below 1024 need CAP_NET_BIND_SERVICE';
    case 'ENOENT':
      return isFile ? 'its directory is not there' : null;
    case 'EPERM':
      return stage === 'owner' ? 'only root can give it away' : null;
    default:
      return null;
  }
}
