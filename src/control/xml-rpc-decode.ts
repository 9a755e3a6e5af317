import sax from 'sax';
import { Fault, isArray, isStruct, type Struct, type Value } from './value.ts';

/** The text is no XML-RPC: not well-formed, or elements where they do not belong. */
export class MalformedXml extends Error {
  override readonly name = 'MalformedXml';
}

export type Call = { readonly method: string; readonly params: readonly Value[] };

/** Elements inside each other: deeper than any method needs, and little enough for the recursion of whoever reads the value. */
const maxDepth = 64;

/** Which elements may stand in which. '' is the document. An element that is not in the list (`nil`, `i8`) is refused. */
const parents: Readonly<Record<string, readonly string[]>> = {
  methodCall: [''],
  methodResponse: [''],
  methodName: ['methodCall'],
  params: ['methodCall', 'methodResponse'],
  fault: ['methodResponse'],
  param: ['params'],
  value: ['param', 'data', 'member', 'fault'],
  int: ['value'],
  i4: ['value'],
  boolean: ['value'],
  string: ['value'],
  double: ['value'],
  'dateTime.iso8601': ['value'],
  base64: ['value'],
  array: ['value'],
  data: ['array'],
  struct: ['value'],
  member: ['struct'],
  name: ['member'],
};

/** An element that has been opened: its text so far, and what its closed children were worth, by element name. */
type Open = {
  readonly name: string;
  text: string;
  readonly children: { readonly name: string; readonly value: Value }[];
};

function whole(text: string): number {
  const trimmed = text.trim();
  const value = Number(trimmed);
  if (!/^[+-]?\d+$/.test(trimmed) || !Number.isSafeInteger(value)) throw new MalformedXml(`not an int: ${trimmed}`);
  return value;
}

function double(text: string): number {
  const value = Number(text.trim() === '' ? Number.NaN : text);
  if (Number.isNaN(value)) throw new MalformedXml(`not a double: ${text}`);
  return value;
}

function dateTime(text: string): string {
  if (!/^\d{8}T\d\d:\d\d:\d\d$/.test(text.trim())) throw new MalformedXml(`not a dateTime.iso8601: ${text}`);
  return text.trim();
}

/** Without a prototype, so that a member called `__proto__` is a member like any other. */
function struct(members: readonly Value[]): Struct {
  const made: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const member of members) {
    if (!isArray(member)) continue;
    const [name, value] = member;
    if (typeof name === 'string' && value !== undefined) made[name] = value;
  }
  return made;
}

function only(element: Open, child: string): Value {
  const found = element.children.filter(({ name }) => name === child);
  const first = found[0];
  if (first === undefined || found.length > 1) throw new MalformedXml(`<${element.name}> needs one <${child}>`);
  return first.value;
}

function valuesOf(element: Open): Value[] {
  return element.children.map(({ value }) => value);
}

/** What a closed element is worth. Types and their leniencies are Supervisor's (`supervisor_xmlrpc_handler.unmarshallers`). */
function worth(element: Open): Value {
  switch (element.name) {
    case 'int':
    case 'i4':
      return whole(element.text);
    case 'boolean':
      return element.text.trim() === '1';
    case 'double':
      return double(element.text);
    case 'dateTime.iso8601':
      return dateTime(element.text);
    case 'base64':
      return Buffer.from(element.text, 'base64').toString('utf8');
    case 'value':
      if (element.children.length > 1) throw new MalformedXml('a <value> with two values');
      return element.children[0]?.value ?? element.text;
    case 'array':
      return only(element, 'data');
    case 'data':
    case 'params':
    case 'methodCall':
    case 'methodResponse':
      return valuesOf(element);
    case 'struct':
      return struct(valuesOf(element));
    case 'member':
      return [only(element, 'name'), only(element, 'value')];
    case 'param':
    case 'fault':
      return only(element, 'value');
    default:
      return element.text;
  }
}

/** Reads a document into its root element, whose children have become values. */
function read(text: string): Open {
  const options = { strictEntities: true, position: false };
  const parser = sax.parser(true, options);
  const open: Open[] = [{ name: '', text: '', children: [] }];
  const top = (): Open => open.at(-1) ?? refuse('nothing is open');
  let root: Open | undefined;
  parser.onerror = (error) => refuse(error.message);
  parser.ondoctype = () => refuse('a document type is not accepted');
  parser.onopentag = ({ name }) => {
    if (root !== undefined || !(parents[name] ?? []).includes(top().name)) refuse(`<${name}> inside <${top().name}>`);
    if (open.length > maxDepth) refuse('elements are nested too deeply');
    open.push({ name, text: '', children: [] });
  };
  const hear = (piece: string): void => {
    top().text += piece;
  };
  parser.ontext = hear;
  parser.oncdata = hear;
  parser.onclosetag = () => {
    const element = open.pop() ?? refuse('nothing is open');
    if (open.length === 1) root = element;
    top().children.push({ name: element.name, value: worth(element) });
  };
  parser.write(text).close();
  return root ?? refuse('an empty document');
}

function refuse(why: string): never {
  throw new MalformedXml(why);
}

/**
 * Reads a request. `<params>` may be absent; the method name may be anything that is not empty.
 * @throws MalformedXml
 */
export function decodeCall(text: string): Call {
  const { name, children } = read(text);
  const method = children.find((child) => child.name === 'methodName')?.value;
  const params = children.find((child) => child.name === 'params')?.value;
  if (name !== 'methodCall' || typeof method !== 'string' || method === '') throw new MalformedXml('no method name');
  return { method, params: isArray(params) ? params : [] };
}

/**
 * Reads an answer.
 * @throws MalformedXml
 * @throws Fault the one that was answered
 */
export function decodeResponse(text: string): Value {
  const { name, children } = read(text);
  if (name !== 'methodResponse') throw new MalformedXml('no method response');
  const fault = children.find((child) => child.name === 'fault')?.value;
  if (isStruct(fault)) {
    const { faultCode, faultString } = fault;
    throw new Fault(Number(faultCode), typeof faultString === 'string' ? faultString : '');
  }
  const params = children.find((child) => child.name === 'params')?.value;
  const value = isArray(params) ? params[0] : undefined;
  return value ?? refuse('a method response without a value');
}
