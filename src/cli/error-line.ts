import { repr } from '../config/python-text.ts';
import { ProtocolError, UnknownProtocol } from '../control/client.ts';
import { BadResponse } from '../control/http-response.ts';
import { codeOf } from '../control/listen-error.ts';
import { Fault } from '../control/value.ts';
import { WrongValue } from './wrong-value.ts';

/** System errors as Python names and numbers them; scripts look for these words. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: "<class 'FileNotFoundError'>, [Errno 2] No such file or directory",
  EACCES: "<class 'PermissionError'>, [Errno 13] Permission denied",
  ECONNREFUSED: "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused",
  ECONNRESET: "<class 'ConnectionResetError'>, [Errno 104] Connection reset by peer",
  EPIPE: "<class 'BrokenPipeError'>, [Errno 32] Broken pipe",
  ETIMEDOUT: "<class 'TimeoutError'>, [Errno 110] Connection timed out",
  ENETUNREACH: "<class 'OSError'>, [Errno 101] Network is unreachable",
  EHOSTUNREACH: "<class 'OSError'>, [Errno 113] No route to host",
  ENOTFOUND: "<class 'socket.gaierror'>, [Errno -2] Name or service not known",
  EAI_AGAIN: "<class 'socket.gaierror'>, [Errno -3] Temporary failure in name resolution",
};

function classAndValue(error: unknown): string {
  if (error instanceof Fault) return `<class 'xmlrpc.client.Fault'>, <Fault ${error.code}: ${repr(error.message)}>`;
  if (error instanceof ProtocolError) {
    const { status, reason } = error;
    return `<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: ${status} ${reason}>`;
  }
  if (error instanceof WrongValue || error instanceof UnknownProtocol) return `<class 'ValueError'>, ${error.message}`;
  // By name: its class comes with the XML parser, which need not have been loaded.
  if (error instanceof Error && error.name === 'MalformedXml') {
    return `<class 'xml.parsers.expat.ExpatError'>, ${error.message}`;
  }
  if (error instanceof BadResponse) {
    return "<class 'http.client.RemoteDisconnected'>, Remote end closed connection without response";
  }
  return (
    systemErrors[codeOf(error)] ?? `<class 'Exception'>, ${error instanceof Error ? error.message : String(error)}`
  );
}

/**
 * The line for whatever a verb did not expect, in supervisorctl's form: class and value as Python prints them. The place at its
 * end would name a line of Supervisor's source there; here it says who speaks.
 */
export function errorLine(error: unknown): string {
  return `error: ${classAndValue(error)}: file: legatoctl line: 0`;
}
