/** The keys of [eventlistener:x] beside those of a program. */
export const listenerKeys = {
  events: { type: 'comma list', preset: '', names: 'here', doc: 'Events the listener subscribes to; required.' },
  buffer_size: {
    type: 'integer',
    preset: '10',
    names: 'here',
    doc: 'Events that wait for a listener; more drop the oldest.',
  },
  result_handler: {
    type: 'string',
    preset: 'supervisor.dispatchers:default_handler',
    names: 'here',
    doc: 'What judges the answer of a listener.',
  },
  event_length: {
    type: 'bytes or characters',
    preset: 'bytes',
    names: 'here',
    doc: "legato's own. What `len` of an event counts: `characters`, as Supervisor does, for listeners that read stdin as text (Python's childutils) and are told of output that is not ASCII.",
  },
  priority: {
    type: 'integer',
    preset: '-1',
    names: 'here',
    doc: 'Priority of the pool; that of each process is still 999.',
  },
  redirect_stderr: {
    type: 'boolean',
    preset: 'false',
    names: 'here',
    doc: 'Refused when true: stdout carries the event protocol.',
  },
} as const;
