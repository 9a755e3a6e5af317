import { configMethods } from './config-methods.ts';
import { daemonMethods } from './daemon-methods.ts';
import { eventMethods } from './event-methods.ts';
import { handoverMethods } from './handover-methods.ts';
import { infoMethods } from './info-methods.ts';
import { legatoMethods } from './legato-methods.ts';
import { logMethods } from './log-methods.ts';
import { helpText, type Method, method, type Result, signature } from './method.ts';
import { signalMethods } from './signal-methods.ts';
import { startMethods } from './start-methods.ts';
import { stopMethods } from './stop-methods.ts';
import type { Supervisor } from './supervisor.ts';
import { lexically } from './text-order.ts';
import { upgradeMethods } from './upgrade-methods.ts';
import { Fault, fault, isArray, isStruct, type Value } from './value.ts';

/** The name parameter of those methods that tell about methods. */
const methodName = { name: 'name', type: 'string', doc: 'the method, `namespace.method`' } as const;

function known(name: string): Method {
  const found = table.get(name);
  if (found === undefined) throw fault('SIGNATURE_UNSUPPORTED');
  return found;
}

async function oneOfMany(supervisor: Supervisor, asked: Value): Promise<Value> {
  const { methodName: name, params = [] } = isStruct(asked) ? asked : {};
  try {
    if (typeof name !== 'string') throw fault('INCORRECT_PARAMETERS', 'No methodName');
    if (name === 'system.multicall') throw fault('INCORRECT_PARAMETERS', 'Recursive system.multicall forbidden');
    if (!isArray(params)) throw fault('INCORRECT_PARAMETERS');
    return await call(supervisor, name, params);
  } catch (error) {
    const { code, message } = error instanceof Fault ? error : fault('FAILED', String(error));
    return { faultCode: code, faultString: message };
  }
}

/** Bytes, roughly, that the answers of one multicall may have together: a small request could ask for thousands of large ones. */
const mostOfMany = 16 * 1024 * 1024;

/** About as many bytes as a value has in XML. */
function weight(value: Value): number {
  if (typeof value === 'string') return 32 + value.length;
  if (isArray(value)) return value.reduce((sum: number, item) => sum + weight(item), 64);
  if (!isStruct(value)) return 32;
  return Object.entries(value).reduce((sum, [name, member]) => sum + 48 + name.length + weight(member), 64);
}

const systemMethods: readonly Method[] = [
  method({
    name: 'system.listMethods',
    returns: 'array',
    parameters: [],
    doc: 'Tells the names of all methods.',
    resultDoc: 'the names, sorted',
    run: () => [...table.keys()].sort(lexically),
  }),
  method({
    name: 'system.methodHelp',
    returns: 'string',
    parameters: [methodName],
    doc: 'Tells what a method does.\n\nFaults: SIGNATURE_UNSUPPORTED for a name that is none.',
    resultDoc: 'the text',
    run: (_supervisor, name) => helpText(known(name)),
  }),
  method({
    name: 'system.methodSignature',
    returns: 'array',
    parameters: [methodName],
    doc: 'Tells the types of a method.\n\nFaults: SIGNATURE_UNSUPPORTED for a name that is none.',
    resultDoc: 'the type of the result, then those of the parameters',
    run: (_supervisor, name) => signature(known(name)),
  }),
  method({
    name: 'system.multicall',
    returns: 'array',
    parameters: [
      { name: 'calls', type: 'array', doc: 'structs of methodName (string) and params (array, may be absent)' },
    ],
    doc: 'Makes several calls, one after the other, each when the one before has its answer. As in Supervisor, and unlike elsewhere, a result is not wrapped in an array.',
    resultDoc: 'the results in order; for a call that failed a struct of faultCode and faultString',
    run: async (supervisor, calls) => {
      const results: Value[] = [];
      let room = mostOfMany;
      for (const asked of calls) {
        const result = await oneOfMany(supervisor, asked);
        room -= weight(result);
        if (room < 0) throw fault('FAILED', 'the answers are larger than 16 MiB together: make fewer calls at once');
        results.push(result);
      }
      return results;
    },
  }),
];

/** Every method there is. Every tongue speaks from this list; `docs/api.md` is made from it. */
export const methods: readonly Method[] = [
  ...daemonMethods,
  ...infoMethods,
  ...startMethods,
  ...stopMethods,
  ...signalMethods,
  ...eventMethods,
  ...logMethods,
  ...configMethods,
  ...legatoMethods,
  ...handoverMethods,
  ...upgradeMethods,
  ...systemMethods,
];

const table: ReadonlyMap<string, Method> = new Map(methods.map((row) => [row.name, row]));

/**
 * Calls a method by its name. The name is looked up whole and nowhere else: there are no objects to walk (CVE-2017-11610).
 * @throws Fault UNKNOWN_METHOD, INCORRECT_PARAMETERS, and what the method faults with
 */
export async function call(supervisor: Supervisor, name: string, args: readonly Value[]): Promise<Value> {
  const found = table.get(name);
  if (found === undefined) throw fault('UNKNOWN_METHOD');
  const result: Result = found.call(supervisor, args);
  return result;
}
