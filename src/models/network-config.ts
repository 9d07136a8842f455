import * as tf from '@tensorflow/tfjs';

/** The topology of a network as JSON, in the format of Keras; no weights. */
export function networkToJson(network: tf.LayersModel): unknown {
  return network.toJSON(null, false);
}

/** A network with fresh weights. It is built before the call returns; only the promise resolves later. */
export async function networkFromJson(topology: unknown): Promise<tf.LayersModel> {
  // Wrapped, so that a file cannot ask for weights from an address of its own.
  const model = { modelTopology: topology } as Parameters<typeof tf.models.modelFromJSON>[0];
  return tf.models.modelFromJSON(model);
}

/** The classes that a topology names and tfjs does not know yet. */
export function unknownLayers(topology: unknown): string[] {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  const unknown = new Set<string>();
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    const { class_name: name } = value as Record<string, unknown>;
    if (typeof name === 'string' && !Object.hasOwn(known, name)) unknown.add(name);
    for (const member of Object.values(value)) visit(member);
  };
  visit(topology);
  return [...unknown];
}
