import { type Fault, isArray, type Value } from './value.ts';

// The layout, line ends included, is that of Python's xmlrpc.client.dumps: there are clients that take replies apart with sed.

const declaration = "<?xml version='1.0'?>\n";

/**
 * What XML 1.0 §2.2 cannot carry at all, not even as a reference: a log full of colour codes would make the reply unreadable
 * for every parser (Supervisor sends it so, and its clients die of it).
 */
// oxlint-disable-next-line no-control-regex -- control characters are the subject
const unspeakable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replace(unspeakable, '\ufffd');
}

function scalar(type: string, text: string): string {
  return `<value><${type}>${text}</${type}></value>\n`;
}

function number(value: number): string {
  if (!Number.isInteger(value)) return scalar('double', String(value));
  if (value < -(2 ** 31) || value >= 2 ** 31) throw new RangeError(`int exceeds XML-RPC limits: ${value}`);
  return scalar('int', String(value));
}

function encodeValue(value: Value): string {
  if (typeof value === 'string') return scalar('string', escape(value));
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return scalar('boolean', value ? '1' : '0');
  if (isArray(value)) return `<value><array><data>\n${value.map(encodeValue).join('')}</data></array></value>\n`;
  const members = Object.entries(value).map(
    ([name, member]) => `<member>\n<name>${escape(name)}</name>\n${encodeValue(member)}</member>\n`,
  );
  return `<value><struct>\n${members.join('')}</struct></value>\n`;
}

function encodeParams(values: readonly Value[]): string {
  return `<params>\n${values.map((value) => `<param>\n${encodeValue(value)}</param>\n`).join('')}</params>\n`;
}

/** @throws RangeError when a whole number does not fit into 32 bits */
export function encodeCall(method: string, params: readonly Value[]): string {
  return `${declaration}<methodCall>\n<methodName>${escape(method)}</methodName>\n${encodeParams(params)}</methodCall>\n`;
}

/** @throws RangeError when a whole number does not fit into 32 bits */
export function encodeResponse(value: Value): string {
  return `${declaration}<methodResponse>\n${encodeParams([value])}</methodResponse>\n`;
}

export function encodeFault({ code, message }: Fault): string {
  const value = encodeValue({ faultCode: code, faultString: message });
  return `${declaration}<methodResponse>\n<fault>\n${value}</fault>\n</methodResponse>\n`;
}
