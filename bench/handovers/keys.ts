import type { Place, Row } from './row.ts';

type Keys = Readonly<Record<string, string | number>>;

/** What each program has: its command in its directory, and the socket that legato holds for it. */
function keysOf(place: Place, command: string, more: Keys): Keys {
  return { command, directory: `${place.dir}/app`, listen: `tcp://127.0.0.1:${place.port}`, ...more };
}

/** The program binds its own address, as it always did. */
export const adopting = (command: (place: Place) => string, more: Keys = {}): Row['program'] => {
  return (place) => keysOf(place, command(place), { listen_mode: 'adopt', ...more });
};

/** The program is given the descriptor. */
export const inheriting = (command: (place: Place) => string, more: Keys = {}): Row['program'] => {
  return (place) => keysOf(place, command(place), more);
};
