import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedNodeName } from '../../src/config/queue/commands.ts';
import { strategyOf } from '../../src/config/strategy.ts';
import { good, onlyProcess } from './memory-host.ts';

const auto = (command: string, hasListen: boolean = false): string =>
  strategyOf('auto', 'auto', command, hasListen).handover;

for (const written of ['overlap', 'replace', 'none'] as const) {
  test(`handover=${written} counts, whatever the command is`, () => {
    assert.equal(strategyOf(written, 'auto', 'celery beat', true).handover, written);
    assert.equal(strategyOf(written, 'auto', 'celery worker', false).handover, written);
  });
}

for (const command of [
  'celery -A app worker -c 2',
  '/venv/bin/celery worker -A app --loglevel=INFO',
  'python3 -m celery -A app worker --scheduler x',
  'celery -A beat worker -Q beat -n beat',
  `bash -c "exec celery -A app worker"`,
  `su -c '/venv/bin/celery -A app worker' web`,
  'rq worker high low',
  'python manage.py rqworker default',
  'rq worker --with-scheduler',
  'bundle exec sidekiq -C x.yml',
  'su -l app -c "cd /srv && bundle exec sidekiq"',
  'uv run celery -A core worker --queues=crawl --max-tasks-per-child=25',
  'envdir env bin/python manage.py celeryd',
  'sh -c "exec celery -A app worker 2>&1 | tee log"',
  'celery -A app worker -b sqs://?a=1&b=2',
  'rq worker-pool high -n 4',
  'bench worker --queue short',
  'rake environment resque:work',
  'bundle exec resque work',
  'php /app/artisan queue:work redis --queue=high,low --sleep=3 --max-time=3600',
  'dramatiq jobs -p 4',
  'python3 manage.py rundramatiq --processes 4 --threads 4',
  'python3 -m dramatiq jobs',
  'huey_consumer.py app.huey -w 4 --no-periodic',
  'python manage.py run_huey -n',
  'bundle exec faktory-worker -c 5',
  'arq app.WorkerSettings',
  'rake jobs:work',
]) {
  test(`a queue worker may overlap: ${command}`, () => assert.equal(auto(command), 'overlap'));
}

for (const command of [
  'celery -A app beat',
  'celery beat -A app -s /tmp/celerybeat-schedule',
  'celery -A app worker -B',
  'celery -A app worker -EB',
  'celery -A app worker --beat -c 2',
  `sh -c 'rm -f /tmp/celerybeat*; exec celery "-A" app beat'`,
  'celery -A app worker --pidfile=/run/w.pid',
  'rq worker --name one',
  'celery -A app worker --statedb=/run/w.db',
  'celery -A app worker -S /run/w.db',
  'python manage.py celerybeat',
  'sh -c "celery -A app worker & celery -A app beat"',
  'sh -c "celery -A app worker & python metrics.py"',
  'sh -c "celery -A app worker &"',
  'sh -c "gunicorn -D app:app && celery -A app worker"',
  'airflow celery worker',
  'rqscheduler --host redis',
  'bench schedule',
  'sidekiq -P /run/sidekiq.pid',
  'rake resque:scheduler',
  'php artisan horizon',
  'php artisan schedule:work',
  'dramatiq jobs --pid-file /run/d.pid',
  'huey_consumer app.huey',
]) {
  test(`what must not run twice is replaced: ${command}`, () => assert.equal(auto(command), 'replace'));
}

for (const command of [
  'flock -n /run/lock celery -A app worker',
  'flock -w 5 -E 3 /run/lock celery -A app worker -s x',
  `sh -c 'cd /srv && exec flock --nonblock /run/lock gunicorn app'`,
  'setlock -nx /run/lock rq worker',
  'chpst -u www -l /run/lock celery -A app worker',
  'run-one celery -A app worker',
]) {
  test(`what holds a lock is replaced, with a held socket as well: ${command}`, () => {
    assert.equal(auto(command, true), 'replace');
    assert.match(strategyOf('auto', 'auto', command, false).handoverReason, /^it holds a lock \(/);
  });
}

for (const command of [
  'flock -s /run/lock celery -A app worker',
  'flock -n --shared /run/lock celery -A app worker',
  'chpst -u www celery -A app worker -l INFO',
  'celery -A app worker -Q flock',
]) {
  test(`what keeps no second one out may overlap: ${command}`, () => assert.equal(auto(command), 'overlap'));
}

test('what each generation has of its own may overlap', () => {
  const of = (command: string): string => onlyProcess(good(`[program:a]\ncommand=${command}`)).handover ?? '';
  assert.equal(of('celery -A app worker --pidfile=/run/w%(generation)s.pid'), 'overlap');
  assert.equal(of('celery -A app worker --pidfile /run/w-%(generation)s.pid --statedb=/run/w.db'), 'replace');
  assert.equal(of('rq worker --name w%(generation)s'), 'overlap');
});

test('a node name without the number of the generation is one that two share', () => {
  const of = (command: string): string | null =>
    sharedNodeName(onlyProcess(good(`[program:a]\ncommand=${command}`)).command);
  assert.equal(of('celery -A app worker -n one@%%h'), 'one@%h');
  assert.equal(of('celery -A app worker --hostname=one@%%h'), 'one@%h');
  assert.equal(of('celery -A app worker -n one-g%(generation)s@%%h'), null);
  assert.equal(of('celery -A app worker'), null);
  assert.equal(of('rq worker -n one'), null);
});

test('beat is replaced with a held socket too', () => assert.equal(auto('celery -A app worker -B', true), 'replace'));

test('a held socket is reason enough to overlap', () => {
  assert.equal(auto('gunicorn app:app', true), 'overlap');
  assert.equal(auto('gunicorn app:app', false), 'replace');
});

for (const command of [
  'inv worker',
  'python beat.py worker',
  'node server.js -B',
  "unclosed 'quote celery",
  '',
  'sh /srv/start-worker.sh',
  'npm start',
  'celery -A app flower',
  'celery multi start w1 w2',
  'tail -F log/sidekiq',
  'node worker.js --queue sidekiq',
  'php artisan queue:listen',
  'php artisan octane:start --port=8000',
  'faktory -e production',
  'php artisan',
  'rq info',
  'resque web',
]) {
  test(`of what is not known nothing is assumed: '${command}'`, () => assert.equal(auto(command), 'replace'));
}

test('the reason is one sentence that names what decided', () => {
  const reason = (command: string): string => strategyOf('auto', 'auto', command, false).handoverReason;
  assert.equal(reason('celery worker -B'), '-B makes it a Celery beat as well, which must never run twice');
  assert.equal(reason('celery beat'), 'it is Celery beat, which must never run twice');
  assert.equal(reason('rq worker'), 'it is a worker of RQ, and two can take from one queue');
  assert.equal(
    reason('celery worker --pidfile=x'),
    'it is a worker of Celery with --pidfile, which only one process can have',
  );
  assert.equal(reason('x'), 'without listen, nothing says that two of it can run side by side');
});

test('with queue set two may overlap, whatever starts them', () => {
  assert.deepEqual(strategyOf('auto', 'bullmq', 'node worker.js', false), {
    handover: 'overlap',
    handoverReason: 'queue=bullmq is set, and two can take from one queue',
    queue: 'bullmq',
  });
  assert.equal(strategyOf('auto', 'celery', 'celery worker -B', false).handover, 'replace', 'but not what never may');
});

test('queue=none: what the command says of a worker does not count', () => {
  const { handover, queue } = strategyOf('auto', 'none', 'celery worker', false);
  assert.deepEqual([handover, queue], ['replace', null]);
  assert.equal(strategyOf('auto', 'none', 'celery worker', true).handover, 'overlap');
  assert.equal(strategyOf('auto', 'none', 'celery worker -B', true).handover, 'replace');
});

test('a worker that must be alone is a worker all the same', () => {
  assert.equal(strategyOf('auto', 'auto', 'celery worker -B', false).queue, 'celery');
  assert.equal(strategyOf('auto', 'auto', 'celery beat', false).queue, null);
  assert.equal(strategyOf('overlap', 'auto', 'rq worker', false).queue, 'rq');
});
