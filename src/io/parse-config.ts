import { FileFormatError } from '../data/file-format-error';
import { checkTopology, MAX_LAYERS } from './check-topology';
import { NETWORK } from './model-config';
import { fromJson } from './plain-json';
import { toCamelCase } from './to-camel-case';

/** Longest configuration of a model: some 4,000 layers. */
const MAX_CHARACTERS = 2 ** 22;
const MAX_ITEMS = 2 ** 18;

/** The configuration of a model; its members are checked when they are built. */
export type ModelConfig = { encoder: object; decoder: object; prior?: unknown };

/**
 * The configuration of a model from its JSON.
 *
 * @throws FileFormatError When the text is not such a configuration, or is larger than any model needs.
 */
export function parseConfig(text: string): ModelConfig {
  if (text.length > MAX_CHARACTERS) {
    throw new FileFormatError(`its configuration has ${text.length} characters; ${MAX_CHARACTERS} are the most`);
  }
  const config = fromJson(text, 'its configuration', MAX_ITEMS);
  if (isObject(config) && isObject(config['encoder']) && isObject(config['decoder'])) return config as ModelConfig;
  throw new FileFormatError('its configuration must name an encoder and a decoder');
}

/**
 * Looks at all networks of a model before any of them is built. `saveVae` does so as well, so that no model is saved that
 * could not be loaded.
 *
 * @throws FileFormatError When tfjs could not build one in bounded time and memory.
 */
export function checkNetworks(config: ModelConfig): void {
  const layers = networksIn(config).reduce<number>((sum, network) => sum + checkTopology(toCamelCase(network)), 0);
  if (layers > MAX_LAYERS) throw new FileFormatError(`its networks have more than ${MAX_LAYERS} layers in all`);
}

function networksIn(value: unknown, found: unknown[] = []): unknown[] {
  if (!isObject(value)) return found;
  if (Object.hasOwn(value, NETWORK)) found.push(value[NETWORK]);
  else for (const member of Object.values(value)) networksIn(member, found);
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
