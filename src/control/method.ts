import type { Supervisor } from './supervisor.ts';
import { fault, isArray, type Value } from './value.ts';

/** XML-RPC's words for types, as system.methodSignature tells them. */
export type ValueType = 'string' | 'int' | 'boolean' | 'array' | 'struct';

export type Parameter = {
  readonly name: string;
  readonly type: Exclude<ValueType, 'struct'>;
  readonly doc: string;
  /** Taken when the caller leaves it out; only trailing parameters have one. */
  readonly otherwise?: boolean | string | number;
};

export type Result = Value | Promise<Value>;

/** One row of the table of methods. Every tongue speaks from it; `docs/api.md` is generated from it. */
export type Method = {
  /** `namespace.method`. */
  readonly name: string;
  readonly returns: ValueType;
  readonly parameters: readonly Parameter[];
  /** What it does, for system.methodHelp and docs/api.md. */
  readonly doc: string;
  readonly resultDoc: string;
  /** @throws Fault INCORRECT_PARAMETERS when the arguments do not fit the parameters, or what the method faults with */
  readonly call: (supervisor: Supervisor, args: readonly Value[]) => Result;
};

type ArgumentTypes = { string: string; int: number; boolean: boolean; array: readonly Value[] };
type Arguments<P extends readonly Parameter[]> = { [I in keyof P]: ArgumentTypes[P[I]['type']] };

type Row<P extends readonly Parameter[]> = Omit<Method, 'parameters' | 'call'> & {
  readonly parameters: P;
  readonly run: (supervisor: Supervisor, ...args: Arguments<P>) => Result;
};

/** A whole number, or its text: Supervisor passes offsets and lengths through Python's `int`. */
function toInt(value: Value): number {
  const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(Math.trunc(number))) throw fault('INCORRECT_PARAMETERS');
  return Math.trunc(number);
}

/** A name is text; a number is taken for its digits, because signals may be sent either way. */
function toText(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw fault('INCORRECT_PARAMETERS');
  return value;
}

function toArray(value: Value): readonly Value[] {
  if (!isArray(value)) throw fault('INCORRECT_PARAMETERS');
  return value;
}

function convert({ type }: Parameter, value: Value): Value {
  switch (type) {
    case 'string':
      return toText(value);
    case 'int':
      return toInt(value);
    case 'boolean':
      return isArray(value) ? value.length > 0 : Boolean(value);
    case 'array':
      return toArray(value);
  }
}

function convertAll(parameters: readonly Parameter[], args: readonly Value[]): Value[] {
  if (args.length > parameters.length) throw fault('INCORRECT_PARAMETERS');
  return parameters.map((parameter, index) => {
    const value = args[index] ?? parameter.otherwise;
    if (value === undefined) throw fault('INCORRECT_PARAMETERS');
    return convert(parameter, value);
  });
}

/** Makes a row whose `run` sees its arguments checked, converted and typed. */
export function method<const P extends readonly Parameter[]>({ run, ...row }: Row<P>): Method {
  return {
    ...row,
    // The one assertion: convertAll has made every argument what its parameter's type says.
    call: (supervisor, args) => run(supervisor, ...(convertAll(row.parameters, args) as unknown as Arguments<P>)),
  };
}

/** The same method under another name (names of former versions that clients still use). */
export function alias(name: string, { doc, ...row }: Method): Method {
  return { ...row, name, doc: `${doc}\n\nAnother name of ${row.name}.` };
}

/** Every method of the supervisor namespace faults while the daemon is on its way out (SHUTDOWN_STATE). */
export function unlessStopping({ call, ...row }: Method): Method {
  return {
    ...row,
    call: (supervisor, args) => {
      if (supervisor.mood() !== 'running') throw fault('SHUTDOWN_STATE');
      return call(supervisor, args);
    },
  };
}

/** What system.methodHelp says, with Supervisor's tags for parameters and result: there are clients that read them. */
export function helpText({ doc, parameters, returns, resultDoc }: Method): string {
  const tags = parameters.map(({ name, type, doc: about }) => `@param ${type} ${name} ${about}`);
  return [doc, '', ...tags, `@return ${returns} result ${resultDoc}`].join('\n');
}

/** What system.methodSignature says: the type of the result, then those of the parameters. */
export function signature({ returns, parameters }: Method): readonly string[] {
  return [returns, ...parameters.map(({ type }) => type)];
}
