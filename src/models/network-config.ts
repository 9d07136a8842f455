import * as tf from '@tensorflow/tfjs';

/** Variables that were made while something was being built, to be disposed of should it fail. */
export class MadeVariables {
  readonly #made: tf.Variable[] = [];

  /** Runs `build` and remembers the variables that it makes before it first waits for something. */
  watch<T>(build: () => T): T {
    const before = new Set(Object.values(tf.engine().registeredVariables));
    try {
      return build();
    } finally {
      this.#made.push(...Object.values(tf.engine().registeredVariables).filter(v => !before.has(v)));
    }
  }

  dispose(): void {
    for (const variable of this.#made) if (!variable.isDisposed) variable.dispose();
  }
}

/** The topology of a network as JSON, in the format of Keras; no weights. */
export function networkToJson(network: tf.LayersModel): unknown {
  return network.toJSON(null, false);
}

/** A network with fresh weights. */
export async function networkFromJson(topology: unknown, made: MadeVariables): Promise<tf.LayersModel> {
  // Wrapped, so that a file cannot ask for weights from an address of its own.
  const model = { modelTopology: topology } as Parameters<typeof tf.models.modelFromJSON>[0];
  return made.watch(() => tf.models.modelFromJSON(model));
}

/** The classes that a topology names and tfjs does not know yet. */
export function unknownLayers(topology: unknown): string[] {
  const known = tf.serialization.SerializationMap.getMap().classNameMap;
  return [...new Set(classNames(topology))].filter(name => !Object.hasOwn(known, name));
}

function classNames(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === 'class_name' && typeof member === 'string' ? [member] : classNames(member),
  );
}
