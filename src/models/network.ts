import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../random/rng';
import type { Variables } from '../variables/variables';

/** How a network is run. */
export type NetworkCall = {
  /** Whether dropout and batch statistics are on. */
  training: boolean;
  /** Noise of this step. */
  rng?: Rng;
};

/** A network that is a plain function of tensors, together with its variables. */
export type FunctionNetwork = {
  /** One or two inputs (`[x]`, `[x, condition]`), one output, or one for each parameter: `[mean, logVar]`. */
  apply(inputs: tf.Tensor[], call: NetworkCall): tf.Tensor | tf.Tensor[];
  /** The variables by name; the names become part of the structural paths. */
  variables: Variables;
  /** Shapes of the inputs without the batch axis: one or two. */
  inputShapes: readonly (readonly (number | null)[])[];
  /** Shapes of the outputs without the batch axis. */
  outputShapes: readonly (readonly (number | null)[])[];
  /** Called once when the model is disposed of; the variables are disposed of in any case. */
  dispose?(): void;
};

/** A `tf.LayersModel` (a `tf.sequential` too), or a function with its variables. */
export type Network = tf.LayersModel | FunctionNetwork;

/** One contract for both kinds of network: shapes, variables by path, and one call. */
export type Module = {
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
  run(inputs: tf.Tensor[], call: NetworkCall): tf.Tensor[];
  variables(): Variables;
  trainableVariables(): tf.Variable[];
  dispose(): void;
};

/**
 * @param owner Named in errors, such as `GaussianEncoder`.
 * @throws When the network has no input shape yet, or another number of inputs than one or two.
 */
export function asModule(owner: string, network: Network): Module {
  const module = untilDisposed(
    owner,
    isLayersModel(network) ? layersModule(owner, network) : functionModule(owner, network),
  );
  const [inputs, outputs] = [module.inputShapes.length, module.outputShapes.length];
  if (inputs < 1 || inputs > 2) throw new Error(`${owner}: network must have one or two inputs, got ${inputs}`);
  if (outputs < 1) throw new Error(`${owner}: network must have at least one output`);
  return module;
}

/** After `dispose`, every call but another `dispose` is refused in one line. */
function untilDisposed(owner: string, module: Module): Module {
  let disposed = false;
  const alive = <A extends unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      if (disposed) throw new Error(`${owner}: the model has been disposed of; build it or load it again`);
      return call(...args);
    };
  };
  return {
    ...module,
    run: alive(module.run),
    variables: alive(module.variables),
    trainableVariables: alive(module.trainableVariables),
    dispose() {
      if (!disposed) module.dispose();
      disposed = true;
    },
  };
}

/** Told apart by what it can do, since two copies of tfjs-layers would be two classes. */
export function isLayersModel(network: Network): network is tf.LayersModel {
  return 'getLayer' in network && typeof network.getLayer === 'function';
}

function layersModule(owner: string, model: tf.LayersModel): Module {
  if (!model.outputs?.length) {
    throw new Error(`${owner}: network has no input shape yet; give its first layer an inputShape`);
  }
  return {
    inputShapes: model.inputs.map(input => input.shape.slice(1)),
    outputShapes: model.outputs.map(output => output.shape.slice(1)),
    run(inputs, { training, rng }) {
      // Our layers draw from it, so that their noise depends on the step and is the same in every session.
      const noise = rng && { rng: rng.fork(owner) };
      const outputs = model.apply(inputs.length === 1 ? inputs[0]! : inputs, { training, ...noise });
      return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
    },
    variables: () => layerVariables(model),
    trainableVariables: () =>
      model.trainableWeights.map(weight => weight.read() as tf.Variable).filter(v => v.trainable),
    dispose: () => void model.dispose(),
  };
}

/** `0/kernel`, `0/bias`, `1/kernel`, …: the place of each layer that has weights, and what the weight is. */
function layerVariables(model: tf.LayersModel): Variables {
  const variables: Variables = {};
  const weighted = model.layers.filter(layer => layer.weights.length > 0);
  weighted.forEach((layer, i) => {
    if (isLayersModel(layer as unknown as Network)) {
      for (const [path, v] of Object.entries(layerVariables(layer as tf.LayersModel))) variables[`${i}/${path}`] = v;
      return;
    }
    for (const weight of layer.weights) {
      const name = weight.originalName.split('/').at(-1)!;
      let path = `${i}/${name}`;
      for (let n = 1; path in variables; n++) path = `${i}/${name}_${n}`;
      variables[path] = weight.read() as tf.Variable;
    }
  });
  return variables;
}

function functionModule(owner: string, network: FunctionNetwork): Module {
  for (const field of ['apply', 'variables', 'inputShapes', 'outputShapes'] as const) {
    if (!network?.[field]) {
      throw new Error(
        `${owner}: network must be a tf.LayersModel or { apply, variables, inputShapes, outputShapes }; ${field} is missing`,
      );
    }
  }
  return {
    inputShapes: network.inputShapes,
    outputShapes: network.outputShapes,
    run(inputs, call) {
      return tf.tidy(() => {
        const outputs = network.apply(inputs, call);
        return Array.isArray(outputs) ? outputs : [outputs];
      });
    },
    variables: () => network.variables,
    trainableVariables: () => Object.values(network.variables).filter(v => v.trainable),
    dispose() {
      for (const v of Object.values(network.variables)) v.dispose();
      network.dispose?.();
    },
  };
}
