import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, onlyGroup, refused } from './memory-host.ts';

const listener = (keys: string): string => `[eventlistener:l]\ncommand=x\n${keys}`;

test('a listener pool', () => {
  const config = good(listener('events=tick_60, PROCESS_STATE,TICK_60\n'));
  const group = onlyGroup(config);
  assert.deepEqual([group.name, group.priority, group.type], ['l', -1, 'eventlistener']);
  assert.deepEqual(group.eventlistener, {
    bufferSize: 10,
    events: ['PROCESS_STATE', 'TICK_60'],
    resultHandler: 'supervisor.dispatchers:default_handler',
    lengthIn: 'bytes',
  });
  assert.equal(group.processes[0]?.priority, 999, 'only the pool has priority -1');
  assert.deepEqual(config.messages, []);
});

test('a result handler that is not there is warned about, and refused where the load is strict', () => {
  const text = listener('events=TICK\nresult_handler=my.module:handler\n');
  const config = good(text);
  assert.equal(onlyGroup(config).eventlistener?.resultHandler, 'my.module:handler');
  assert.match(config.messages[0]?.text ?? '', /^my\.module:handler cannot be resolved within \[eventlistener:l\]/);
  assert.deepEqual(refused(text, { options: { strict: true } }), {
    message: 'my.module:handler cannot be resolved within [eventlistener:l]',
    at: '/etc/legato.conf:5',
  });
});

test('the result handler of supervisor-stdout is there, but where the load is strict', () => {
  const text = listener('events=PROCESS_LOG\nresult_handler = supervisor_stdout:event_handler\n');
  assert.deepEqual(good(text).messages, []);
  assert.equal(
    refused(text, { options: { strict: true } }).message,
    'supervisor_stdout:event_handler cannot be resolved within [eventlistener:l]',
  );
});

test('what the length of an event counts', () => {
  const group = onlyGroup(good(listener('events=TICK\nevent_length=Characters\n')));
  assert.equal(group.eventlistener?.lengthIn, 'characters');
});

const faults: readonly (readonly [string, string, number])[] = [
  ['', '[eventlistener:l] section requires an "events" line', 2],
  ['events=TICK,FOO\n', 'Unknown event type FOO in [eventlistener:l] events', 4],
  ['events=TICK\nbuffer_size=0\n', '[eventlistener:l] section sets invalid buffer_size (0)', 5],
  [
    'events=TICK\nredirect_stderr=true\n',
    '[eventlistener:l] section sets redirect_stderr=true but this is not allowed because it will interfere with the eventlistener protocol',
    5,
  ],
  ['events=TICK\nevent_length=words\n', "'words' is none of bytes, characters", 5],
  ['events=TICK\nresult_handler=a b\n', `("EntryPoint must be in 'name=module:attrs [extras]' format", 'x=a b')`, 5],
  ['events=TICK\nresult_handler=..\n', "('Invalid module name', '..')", 5],
];

for (const [keys, message, line] of faults) {
  test(message, () => assert.deepEqual(refused(listener(keys)), { message, at: `/etc/legato.conf:${line}` }));
}
