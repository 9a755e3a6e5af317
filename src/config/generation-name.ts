import type { ProcessConfig, ReadyConfig, StreamConfig } from './config.ts';
import { filled, isMarked, type Numbers } from './marks.ts';
import { readinessOf } from './values/handover-words.ts';

/** A process as one of its generations is to be spawned. */
export function forGeneration(process: ProcessConfig, numbers: Numbers): ProcessConfig {
  const { command, directory, environment, stdout, stderr, ready, checkCommand, quietCommand } = process;
  const readiness = Object.values(ready).filter((value) => typeof value === 'string');
  const texts = [
    command,
    directory,
    pathOf(stdout),
    pathOf(stderr),
    ...Object.values(environment),
    checkCommand,
    quietCommand,
    ...readiness,
  ];
  if (!texts.some((text) => text !== null && isMarked(text))) return process;
  const own = (text: string): string => filled(text, numbers);
  return {
    ...process,
    command: own(command),
    directory: directory === null ? null : own(directory),
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, own(value)])),
    stdout: streamFor(stdout, own),
    stderr: streamFor(stderr, own),
    ready: readyFor(ready, own),
    checkCommand: checkCommand === null ? null : own(checkCommand),
    quietCommand: quietCommand === null ? null : own(quietCommand),
  };
}

function readyFor(ready: ReadyConfig, own: (text: string) => string): ReadyConfig {
  switch (ready.kind) {
    case 'assumed':
    case 'notify':
    case 'fd':
    case 'ipc':
    case 'listening':
      return ready;
    case 'log':
      return { ...ready, pattern: own(ready.pattern) };
    case 'probe':
      return isMarked(ready.text) ? probeOf(own(ready.text), ready) : ready;
    case 'command':
      return { ...ready, command: own(ready.command) };
    case 'file':
      return { ...ready, path: own(ready.path) };
  }
}

/** With a slot of two digits in a port that has room for one only, it cannot be asked: then it is not ready. */
function probeOf(text: string, before: Extract<ReadyConfig, { kind: 'probe' }>): ReadyConfig {
  try {
    return readinessOf(text);
  } catch {
    return { ...before, text };
  }
}

const pathOf = ({ target }: StreamConfig): string | null => (target.kind === 'file' ? target.path : null);

function streamFor(stream: StreamConfig, own: (text: string) => string): StreamConfig {
  const { target } = stream;
  return target.kind === 'file' ? { ...stream, target: { kind: 'file', path: own(target.path) } } : stream;
}
