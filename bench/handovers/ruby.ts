import { deployFiles, writeConfig } from './deploy.ts';
import { adopting, inheriting } from './keys.ts';
import { faults, type Place, type Release, type Row } from './row.ts';

function deploy(place: Place, release: Release): void {
  deployFiles(place, 'release.rb', release, 'config.ru');
  writeConfig(place, 'puma.rb', `bind 'tcp://127.0.0.1:${place.port}'\nthreads 4, 4\nquiet`, release.fault);
}

const puma = (): string => '/usr/bin/puma -C puma.rb config.ru';

const row = (way: string, program: Row['program']): Row => ({
  service: 'Puma',
  way,
  program,
  deploy,
  faults,
  keep: { cure: 'none in 5.6: it ends kept connections at TERM' },
});

export const rubyRows: readonly Row[] = [
  row('adopt', adopting(puma)),
  row('LISTEN_FDS', inheriting(puma)),
  row('PUMA_INHERIT', inheriting(puma, { listen_dialect: 'puma' })),
];
