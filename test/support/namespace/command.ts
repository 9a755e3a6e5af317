import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a command to its end, which TERM brings about after five minutes: a test must not hang. */
export async function command(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly timeout?: number } = {},
): Promise<Outcome> {
  const child = spawn(file, args, { timeout: 300_000, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  return { code: end, stdout, stderr };
}
