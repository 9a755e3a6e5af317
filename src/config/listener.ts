import { isNoticeName } from '../core/notice.ts';
import type { GroupConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { Section } from './ini.ts';
import { listenerKeys } from './listener-keys.ts';
import { pluginOf } from './plugin.ts';
import { processesOf } from './program.ts';
import { compareText } from './python-text.ts';
import { SectionReader } from './section-reader.ts';
import { nameAfterColon, type Source } from './source.ts';

/** `OK` accepts an event, anything else rejects it. */
export const defaultResultHandler = 'supervisor.dispatchers:default_handler';

/** That of the plugin supervisor-stdout: the answer is an event again, and goes to the daemon's stdout. legato has it built in. */
export const stdoutResultHandler = 'supervisor_stdout:event_handler';

/** An [eventlistener:x] section as its pool. @throws ConfigError */
export function readListenerPool(
  source: Source,
  section: Section,
  serverEnvironment: Readonly<Record<string, string>>,
): GroupConfig {
  const reader = new SectionReader(source, section, listenerKeys, source.hereScope());
  const name = nameAfterColon(section);
  const priority = reader.read('priority');
  const bufferSize = reader.read('buffer_size');
  const refuse = (key: keyof typeof listenerKeys, text: string): never => {
    throw new ConfigError(text, reader.place(key));
  };
  if (bufferSize < 1) refuse('buffer_size', `[${section.name}] section sets invalid buffer_size (${bufferSize})`);
  const written = reader.read('result_handler');
  const resultHandler = reader.at('result_handler', () => pluginOf(written));
  if (resultHandler !== defaultResultHandler) {
    const text = `${written} cannot be resolved within [${section.name}]`;
    // What Supervisor says where the plugin is not installed.
    if (source.strict) refuse('result_handler', text);
    if (resultHandler !== stdoutResultHandler)
      source.note('warn', `${text}; ${defaultResultHandler} is used`, reader.place('result_handler'));
  }
  const events = [...new Set(reader.read('events').map((event) => event.toUpperCase()))].sort(compareText);
  if (events.length === 0) refuse('events', `[${section.name}] section requires an "events" line`);
  const unknown = events.find((event) => !isNoticeName(event));
  if (unknown !== undefined) refuse('events', `Unknown event type ${unknown} in [${section.name}] events`);
  if (reader.read('redirect_stderr')) {
    refuse(
      'redirect_stderr',
      `[${section.name}] section sets redirect_stderr=true but this is not allowed because it will interfere with the eventlistener protocol`,
    );
  }
  const processes = processesOf(source, section, name, serverEnvironment);
  const eventlistener = { bufferSize, events, resultHandler, lengthIn: reader.read('event_length') };
  return { name, priority, processes, type: 'eventlistener', eventlistener, socket: null };
}
