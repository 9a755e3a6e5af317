import type { RpcInterfaceConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { pluginOf } from './plugin.ts';
import { rpcInterfaceKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import { nameAfterColon, type Source } from './source.ts';

/** The one interface legato has; it is in every configuration in the wild. */
export const mainInterface = 'supervisor.rpcinterface:make_main_rpcinterface';

const factoryKey = 'supervisor.rpcinterface_factory';

/**
 * The [rpcinterface:x] sections, all of them. A Python plugin cannot be loaded: there is a warning about it, or, where the load is
 * strict, it is refused with the words Supervisor has for a plugin that is not installed.
 * @throws ConfigError
 */
export function readRpcInterfaces(source: Source): RpcInterfaceConfig[] {
  return source.sections('rpcinterface:').map((section) => {
    const reader = new SectionReader(source, section, rpcInterfaceKeys, source.environment);
    const written = reader.optional(factoryKey);
    if (written === null) {
      throw new ConfigError(`section [${section.name}] does not specify a ${factoryKey}`, section.place);
    }
    const factory = reader.at(factoryKey, () => pluginOf(written));
    if (factory !== mainInterface) {
      const text = `${written} cannot be resolved within [${section.name}]`;
      if (source.strict) throw new ConfigError(text, reader.place(factoryKey));
      source.note('warn', `${text}; it is left out`, reader.place(factoryKey));
    }
    const keys = source.ini.keys(section).filter((key) => key !== factoryKey);
    const extras = Object.fromEntries(keys.map((key) => [key, reader.at(key, () => reader.expanded(key) ?? '')]));
    return { name: nameAfterColon(section), factory, extras };
  });
}
