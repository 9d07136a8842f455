import type * as tf from '@tensorflow/tfjs';
import { isLayersModel, type Network } from '../models/network';

/** Where each element of one of our vectors lies in torch's; undefined where both have the same order. */
export type Order = readonly number[] | undefined;

type Tensor = tf.SymbolicTensor;
type Layer = tf.layers.Layer;
/** One application of a layer. */
type Use = { layer: Layer; inputs: Tensor[]; outputs: Tensor[] };

/** Layers that treat every element alike, so that elements may stand in any order. */
const ELEMENTWISE = new Set(
  'Activation ReLU LeakyReLU ELU ThresholdedReLU Softmax Dropout TfjsVaeDropout GaussianNoise GaussianDropout AlphaDropout BatchNormalization Add Multiply Average Maximum Minimum'.split(
    ' ',
  ),
);
const RESHAPING = new Set(['Flatten', 'Reshape']);
/** Layers that may mix elements, but whose weights follow the orders of their inputs and outputs. */
const REORDERED = new Set(['Dense', 'Concatenate', 'InputLayer']);

/**
 * The order in which torch has the elements of the vectors of a network.
 *
 * torch keeps images as [channels, height, width] and flattens them so; here they are [height, width, channels]. What
 * comes from a `Flatten` or goes into a `Reshape` is therefore in another order there, and so are the weights of dense
 * layers and batch normalisations beside it. The orders are followed through the network: through layers that work on
 * each element, in both directions, up to the next dense layer.
 */
export class VectorOrders {
  readonly #same = new Map<Tensor, Tensor>();
  readonly #orders = new Map<Tensor, Order>();
  readonly #uses: Use[] = [];
  readonly #seen = new Set<unknown>();
  readonly #channelsFirst: boolean;

  /**
   * @param ends Whether the output of the network is the model's own, as torch has it too; a head takes any order.
   * @param flattened How the torch model flattens images; with `'nhwc'` nothing is in another order.
   * @throws When no order of the weights can make up for the difference.
   */
  constructor(network: tf.LayersModel, ends: boolean, flattened: 'nchw' | 'nhwc') {
    this.#channelsFirst = flattened === 'nchw';
    this.#walk(network);
    for (const use of this.#uses) this.#relate(use);
    for (const tensor of [...network.inputs, ...(ends ? network.outputs : [])]) {
      if (isVector(tensor)) this.#fix(tensor, undefined, 'an input or output of the network');
    }
    for (const { layer, inputs, outputs } of this.#uses) {
      if (layer.getClassName() !== 'Concatenate' || !isVector(outputs[0]!)) continue;
      this.#fix(outputs[0]!, joined(inputs.map(t => [t.shape[1]!, this.of(t)])), `the output of ${layer.name}`);
    }
    for (const use of this.#uses) this.#checkOpaque(use);
  }

  /** The order of a vector, or the order of an image when torch flattens it. */
  of(tensor: Tensor): Order {
    return isVector(tensor) ? this.#orders.get(this.#root(tensor)) : this.#flattened(tensor);
  }

  /** Each layer of the network with the tensors that it is applied to, nested networks included. */
  get uses(): readonly Use[] {
    return this.#uses;
  }

  #walk(network: tf.LayersModel): void {
    for (const tensor of network.outputs) this.#visit(tensor, new Set(network.inputs));
  }

  /** In the order of computation. */
  #visit(tensor: Tensor, stop: ReadonlySet<Tensor>): void {
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex]!;
    if (stop.has(tensor) || this.#seen.has(node)) return;
    this.#seen.add(node);
    if (layer.getClassName() === 'InputLayer') return;
    for (const input of node.inputTensors) this.#visit(input, stop);
    const [inputs, outputs] = [node.inputTensors, node.outputTensors];
    if (!isLayersModel(layer as unknown as Network)) {
      this.#uses.push({ layer, inputs, outputs });
      return;
    }
    const inner = layer as tf.LayersModel;
    this.#walk(inner);
    inner.inputs.forEach((t, i) => void this.#link(t, inputs[i]!, layer));
    inner.outputs.forEach((t, i) => void this.#link(t, outputs[i]!, layer));
  }

  #relate({ layer, inputs, outputs }: Use): void {
    const name = layer.getClassName();
    const output = outputs[0]!;
    if (ELEMENTWISE.has(name)) {
      for (const input of inputs) {
        if (String(input.shape) === String(output.shape)) this.#link(input, output, layer);
      }
      return;
    }
    if (RESHAPING.has(name)) this.#relateReshaped(layer, inputs[0]!, output);
  }

  #relateReshaped(layer: Layer, input: Tensor, output: Tensor): void {
    if (String(input.shape) === String(output.shape)) this.#link(input, output, layer);
    else if (isVector(output)) this.#fix(output, this.#flattened(input), `the output of ${layer.name}`);
    else if (isVector(input)) this.#fix(input, this.#flattened(output), `the input of ${layer.name}`);
    else if (this.#flattened(input) || this.#flattened(output)) {
      refuse(`${layer.name} reshapes an image to another image, which torch does in another order`);
    }
  }

  #link(a: Tensor, b: Tensor, layer: Layer): void {
    if (!isVector(a) || !isVector(b)) return;
    const [p, q] = [this.#root(a), this.#root(b)];
    if (p === q) return;
    const known = this.#orders.has(p) ? p : q;
    const order = this.#orders.get(known);
    const isKnown = this.#orders.has(known);
    this.#same.set(p, q);
    if (isKnown) this.#fix(q, order, `what goes through ${layer.name}`);
  }

  #fix(tensor: Tensor, order: Order, what: string): void {
    const root = this.#root(tensor);
    if (this.#orders.has(root) && String(this.#orders.get(root)) !== String(order)) {
      refuse(`${what} holds an image that torch flattens in another order, and no weight stands between`);
    }
    this.#orders.set(root, order);
  }

  #flattened(tensor: Tensor): Order {
    return this.#channelsFirst ? flattenedOrder(tensor) : undefined;
  }

  #root(tensor: Tensor): Tensor {
    const next = this.#same.get(tensor);
    return next ? this.#root(next) : tensor;
  }

  /** A layer that is not known here must not see an order of torch's own. */
  #checkOpaque({ layer, inputs, outputs }: Use): void {
    const name = layer.getClassName();
    if (ELEMENTWISE.has(name) || RESHAPING.has(name) || REORDERED.has(name)) return;
    if ([...inputs, ...outputs].some(tensor => isVector(tensor) && this.of(tensor))) {
      refuse(`the layer ${layer.name} (${name}) is applied to a flattened image, which torch has in another order`);
    }
  }
}

/** A batch of vectors. */
function isVector({ shape }: Tensor): boolean {
  return shape.length === 2;
}

/** For `[height, width, channels]`, where each element lies in torch's `[channels, height, width]`. */
function flattenedOrder({ shape: [, ...shape], sourceLayer }: Tensor): Order {
  if (shape.filter(size => size !== 1).length <= 1) return undefined;
  if (shape.length !== 3 || shape.includes(null)) {
    return refuse(`how torch orders the values of ${sourceLayer.name}, a batch of [${shape}], is not known`);
  }
  const [height, width, channels] = shape as [number, number, number];
  if (channels === 1) return undefined;
  const places = height * width;
  if (places === 1) return undefined;
  return Array.from({ length: places * channels }, (_, i) => (i % channels) * places + Math.floor(i / channels));
}

function joined(parts: readonly (readonly [size: number, order: Order])[]): Order {
  if (parts.every(([, order]) => order === undefined)) return undefined;
  const all: number[] = [];
  for (const [size, order] of parts) {
    const start = all.length;
    for (let i = 0; i < size; i++) all.push(start + (order?.[i] ?? i));
  }
  return all;
}

function refuse(what: string): never {
  throw new Error(
    `${what}; if the torch model flattens as [height, width, channels], or permutes before it does, give flattened: 'nhwc'`,
  );
}
