import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployFiles, python, writeConfig, wrongOf } from './deploy.ts';
import { adopting, inheriting } from './keys.ts';
import { faults, type Place, type Release, type Row } from './row.ts';

/** Its own bytecode must not outlive a release: two of a second look alike to it. */
const environment = { environment: 'PYTHONDONTWRITEBYTECODE="1"' };

function deployApp(place: Place, release: Release): void {
  deployFiles(place, 'release.py', release, 'app.py');
  const end = release.fault === 'bad configuration' ? '' : '}';
  writeFileSync(join(place.dir, 'app/settings.json'), `{"delay": 2${end}\n`);
}

/** gunicorn's own configuration file is what can be wrong with it. */
function deployGunicorn(place: Place, release: Release): void {
  deployFiles(place, 'release.py', release, 'app.py');
  writeFileSync(join(place.dir, 'app/settings.json'), '{"delay": 2}\n');
  writeConfig(place, 'gunicorn.conf.py', 'loglevel = "error"', release.fault);
}

const gunicorn = (options: string): string => `/usr/bin/gunicorn -c gunicorn.conf.py ${options} app:app`;

function gunicornRows(service: string, options: string, keep: Row['keep']): Row[] {
  const common = {
    service,
    deploy: deployGunicorn,
    // Its master halts when a worker fails, and takes its time for it: more than a second on a busy machine.
    minReady: 2,
    outlives: ['exit 0'] as const,
    faults,
    keep,
  };
  return [
    {
      ...common,
      way: 'adopt',
      program: adopting(({ port }) => gunicorn(`${options} -b 127.0.0.1:${port}`), environment),
    },
    {
      ...common,
      way: 'fd://3',
      // With LISTEN_FDS as well it would take the same descriptor twice.
      program: inheriting(() => gunicorn(`${options} -b fd://3`), { ...environment, listen_dialect: 'none' }),
    },
    { ...common, way: 'LISTEN_FDS', program: inheriting(() => gunicorn(options), environment) },
  ];
}

const alone = (server: string, keep: Row['keep']): Row => ({
  service: server,
  way: 'adopt',
  program: adopting(({ port }) => `${python} app.py ${server} ${port}`, environment),
  deploy: deployApp,
  faults,
  keep,
});

/** The web service of examples/app-test, as it is; a fault comes before its first line. */
function deployExample(place: Place, release: Release): void {
  deployFiles(place, 'release.py', release);
  const text = readFileSync(join(import.meta.dirname, '../../examples/app-test/web.py'), 'utf8');
  writeFileSync(join(place.dir, 'app/web.py'), `${wrongOf('release.py', release)}${text}`);
}

/**
 * uWSGI answers 500 to everything when its application cannot be loaded, unless it is told to need one. It ends each connection after its
 * answer; where it does not say so (`Connection: close`) wrk counts an error for each, without any handover.
 */
function deployUwsgi(socket: (place: Place) => string): Row['deploy'] {
  return (place, release) => {
    deployApp(place, { ...release, fault: release.fault === 'bad configuration' ? null : release.fault });
    const text = `[uwsgi]
strict = true
plugin = python3
http-socket = ${socket(place)}
wsgi-file = app.py
need-app = true
enable-threads = true
master = true
processes = 2
disable-logging = true
add-header = Connection: close
die-on-term = true`;
    writeConfig(place, 'uwsgi.ini', text, release.fault);
  };
}

const noneOfItsOwn = { cure: 'none of its own: it ends kept connections at once' };

export const pythonRows: readonly Row[] = [
  ...gunicornRows('gunicorn sync', '-w 2', 'closes'),
  ...gunicornRows('gunicorn gthread', '-w 2 -k gthread --threads 4', noneOfItsOwn),
  alone('http.server', 'closes'),
  alone('flask', 'closes'),
  alone('waitress', { cure: 'none of its own: it dies of TERM' }),
  {
    service: 'uvicorn',
    way: '--fd 3',
    program: inheriting(() => `${python} -m uvicorn --fd 3 --log-level error app:asgi`, environment),
    deploy: deployApp,
    faults,
    keep: noneOfItsOwn,
  },
  {
    service: 'uWSGI',
    way: 'adopt',
    program: adopting(() => '/usr/bin/uwsgi --ini uwsgi.ini', environment),
    deploy: deployUwsgi(({ port }) => `127.0.0.1:${port}`),
    faults,
    keep: 'closes',
  },
  {
    service: 'uWSGI',
    way: 'fd://3',
    program: inheriting(() => '/usr/bin/uwsgi --ini uwsgi.ini', { ...environment, listen_dialect: 'none' }),
    deploy: deployUwsgi(() => 'fd://3'),
    faults,
    keep: 'closes',
  },
  {
    service: 'examples/app-test web',
    way: 'overlap, adopt',
    program: (place) =>
      adopting(() => `${python} web.py`, {
        environment: `${environment.environment},WEB_PORT="${place.port}"`,
        handover: 'overlap',
      })(place),
    deploy: deployExample,
    faults: faults.filter((fault) => fault !== 'bad configuration'),
    isNameless: true,
    keep: 'closes',
  },
  {
    service: 'examples/app-test web',
    way: 'signal:HUP, then overlap',
    program: (place) =>
      adopting(() => `${python} web.py`, {
        environment: `${environment.environment},WEB_PORT="${place.port}"`,
        handover: 'signal:HUP',
        handover_fallback: 'overlap',
      })(place),
    deploy: deployExample,
    // On HUP it execs itself: a broken release is its end, and autorestart's affair.
    faults: [],
    isNameless: true,
    reloadsItself: true,
    keep: 'closes',
  },
  {
    service: 'gunicorn sync',
    way: 'signal:HUP',
    program: ({ dir, port }) => ({
      command: gunicorn(`-w 2 -b 127.0.0.1:${port}`),
      directory: `${dir}/app`,
      ...environment,
      handover: 'signal:HUP',
      reload_timeout: 20,
    }),
    deploy: deployGunicorn,
    // Its new workers are there before they have loaded the application.
    minReady: 3,
    // Its master ends when the new workers cannot be loaded.
    faults: [],
    reloadsItself: true,
    keep: 'closes',
  },
  {
    service: 'gunicorn sync, a singleton',
    way: 'replace, LISTEN_FDS',
    program: inheriting(() => gunicorn('-w 1'), { ...environment, handover: 'replace' }),
    deploy: deployGunicorn,
    // The current generation is gone before the next one is tried.
    faults: [],
    keep: 'closes',
  },
];
