/**
 * Whether a line that a Node child sent to its parent says that it serves: `process.send('ready')`, which pm2 waits for, or the
 * acknowledgement of Einhorn's workers. Whatever else it sends (metrics for pm2, handles) is not for us.
 */
export function isReadyMessage(line: string): boolean {
  if (line === '"ready"') return true;
  if (!line.startsWith('{') || !line.includes('worker:ack')) return false;
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null && 'command' in message && message.command === 'worker:ack';
  } catch {
    return false;
  }
}
