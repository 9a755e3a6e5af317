import { fileURLToPath } from 'node:url';
import type { ProcessConfig } from '../config/config.ts';

/** Where Python finds what a Celery or RQ worker is given; beside the bundle in the installation. */
const hook = fileURLToPath(new URL('../../hooks/python', import.meta.url));

/**
 * What a generation of a Celery or RQ worker is given on top of its environment: the hook (PYTHONPATH is read by every Python that has not
 * been told otherwise, also below a wrapper), and a Celery worker beside a current generation a node name of its own, by the variable that
 * Celery has for its option -n (since 5.0; what is written as an option wins).
 */
export function workerEnvironment(
  { queue, handover, workerHook }: ProcessConfig,
  generation: number,
  role: 'current' | 'next',
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  if (queue !== 'celery' && queue !== 'rq') return {};
  const path = [hook, environment['PYTHONPATH']].filter((part) => part !== undefined && part !== '').join(':');
  const led: Record<string, string> = workerHook ? { PYTHONPATH: path } : {};
  if (queue === 'rq') return led;
  const name =
    environment[nodeNameVariable] ??
    (role === 'next' && handover === 'overlap' ? `celery-g${generation}@%h` : undefined);
  return { ...led, ...(name === undefined ? {} : { [nodeNameVariable]: name }) };
}

/** Celery has it for its option -n. */
export const nodeNameVariable = 'CELERY_WORKER_HOSTNAME';
