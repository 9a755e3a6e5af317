import { deployFiles, node, writeConfig } from './deploy.ts';
import { faults, type Place, type Release, type Row } from './row.ts';

function deploy(place: Place, release: Release): void {
  deployFiles(place, 'release.mjs', release, 'server.ts');
  writeConfig(place, 'settings.json', '{"delay": 2}', release.fault);
}

const row = (way: string, onTerm: string, keep: Row['keep'], keys: Readonly<Record<string, string | number>>): Row => ({
  service: `Node http${onTerm === '' ? '' : onTerm === 'drain' ? ', answers Connection: close' : ', close() on TERM'}`,
  way,
  program: ({ dir, port }) => ({
    command: `${node} server.ts`,
    directory: `${dir}/app`,
    environment: `PORT="${port}"${way === 'adopt' ? '' : ',FD="3"'},ON_TERM="${onTerm}"`,
    listen: `tcp://127.0.0.1:${port}`,
    ...(way === 'adopt' ? { listen_mode: 'adopt' } : {}),
    ...keys,
  }),
  deploy,
  faults,
  keep,
});

const cure = { cure: 'answer `Connection: close` from TERM on, as the row marked K does' };

export const nodeRows: readonly Row[] = [
  row('adopt', '', cure, {}),
  // It ends its kept connections itself, by its answers: there is nothing to wait for before its signal.
  row('adopt', 'drain', 'drains', { quiet_timeout: 0 }),
  row('listen({fd})', 'close', cure, {}),
  row('listen({fd})', 'drain', 'drains', {}),
];
