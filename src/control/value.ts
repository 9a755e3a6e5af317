import { type FaultName, faultCode } from './contract.ts';

/** What can travel in a call or an answer, whatever the tongue. Whole numbers are 32 bit there (XML-RPC's `int`). */
export type Value = string | number | boolean | readonly Value[] | Struct;

export type Struct = { readonly [name: string]: Value };

/** A call that was answered with a fault: a code and the text that clients print. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

/** A fault in Supervisor's wording: `NAME`, or `NAME: extra` (supervisor.xmlrpc.RPCError). */
export function fault(name: FaultName, extra?: string): Fault {
  return new Fault(faultCode[name], extra === undefined ? name : `${name}: ${extra}`);
}

export function isStruct(value: Value | undefined): value is Struct {
  return typeof value === 'object' && !Array.isArray(value);
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
