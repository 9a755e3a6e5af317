/** A socket cannot be served. The message is Supervisor's: what supervisord prints after `Error: `, before it exits with 2. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The errno's name, e.g. EADDRINUSE. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The code of a failed system call; empty for any other error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A failed bind, listen or chmod in Supervisor's words (ServerOptions.openhttpservers). */
export function listenError(error: unknown): ListenError {
  if (error instanceof ListenError) return error;
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new ListenError(
      code,
      'Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut this program down first before starting supervisord.',
    );
  }
  const errno = error instanceof Error && 'errno' in error ? Math.abs(Number(error.errno)) : 0;
  const reported = errno === 0 ? String(error) : `errno.${code} (${errno})`;
  return new ListenError(code, `Cannot open an HTTP server: socket.error reported ${reported}`);
}
