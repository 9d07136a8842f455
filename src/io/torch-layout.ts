import type * as tf from '@tensorflow/tfjs';
import { isLayersModel, type Network } from '../models/network';
import type { Vae } from '../models/vae';
import { sizeOfShape } from '../ops/shape';
import type { TensorRecord } from './dtypes';
import { type Order, VectorOrders } from './torch-order';

/** How a variable of ours lies in torch. */
export type TorchLayout = {
  /** For each of our axes, the axis of torch. */
  axes: readonly number[];
  /** For each of our axes, the order of torch along it; the same where it is left out. */
  orders: readonly Order[];
};

type Part = { network?: Network; head?: tf.layers.Layer };
type Known = Map<tf.Variable, TorchLayout>;

/** dense: [in, out] ↔ [out, in]; convolutions: [h, w, in, out] ↔ [out, in, h, w], transposed [h, w, out, in] ↔ [in, out, h, w]. */
const KERNELS: Readonly<Record<string, readonly number[]>> = {
  Dense: [1, 0],
  Conv2D: [2, 3, 1, 0],
  Conv2DTranspose: [2, 3, 1, 0],
};
const HEADS = new Set(['TfjsVaeGaussianHead', 'TfjsVaeParameterHead']);

/**
 * The layouts of the variables of a model, as far as the layers that they belong to are known by name.
 *
 * @param flattened How the torch model flattens images.
 * @throws When torch flattens where no weight can make up for it.
 */
export function torchLayouts(vae: Vae, flattened: 'nchw' | 'nhwc'): Known {
  const known: Known = new Map();
  for (const { network, head } of [vae.encoder, vae.decoder, vae.prior] as Part[]) {
    if (!network) continue;
    if (isLayersModel(network)) {
      const rows = addLayers(known, network, head === undefined, flattened);
      if (head) addHead(known, head, rows);
    } else if (head && network.outputShapes[0]?.length === 1) addHead(known, head, undefined);
  }
  return known;
}

/** The shape that a variable has in torch. */
export function torchShape(shape: readonly number[], { axes }: TorchLayout): number[] {
  const there: number[] = [];
  for (const [ours, theirs] of axes.entries()) there[theirs] = shape[ours]!;
  return there;
}

/** Values of torch as our variable has them. */
export function fromTorch(
  { dtype, values }: TensorRecord,
  shape: readonly number[],
  layout: TorchLayout,
): TensorRecord {
  const ours = values.slice();
  for (const [i, place] of placesInTorch(shape, layout).entries()) ours[i] = values[place]!;
  return { dtype, shape, values: ours };
}

/** Values of our variable as torch has them. */
export function toTorch({ dtype, shape, values }: TensorRecord, layout: TorchLayout): TensorRecord {
  const theirs = values.slice();
  for (const [i, place] of placesInTorch(shape, layout).entries()) theirs[place] = values[i]!;
  return { dtype, shape: torchShape(shape, layout), values: theirs };
}

/** @returns The order of the outputs, which a head takes as they are. */
function addLayers(known: Known, network: tf.LayersModel, ends: boolean, flattened: 'nchw' | 'nhwc'): Order {
  const orders = new VectorOrders(network, ends, flattened);
  for (const { layer, inputs, outputs } of orders.uses) {
    const name = layer.getClassName();
    const axes = KERNELS[name];
    const [input, output] = [inputs[0]!, outputs[0]!];
    const isVector = input.shape.length === 2;
    const rows = isVector ? orders.of(input) : undefined;
    const columns = isVector ? orders.of(output) : undefined;
    if (axes) {
      add(known, layer, weight => {
        if (weight !== 'kernel') return { axes: [0], orders: [columns] };
        return { axes, orders: name === 'Dense' ? [rows, columns] : [] };
      });
    } else if (name === 'BatchNormalization' && overChannels(layer, input)) {
      add(known, layer, () => ({ axes: [0], orders: [columns] }));
    }
  }
  return ends ? undefined : orders.of(network.outputs[0]!);
}

function addHead(known: Known, head: tf.layers.Layer, rows: Order): void {
  if (!HEADS.has(head.getClassName())) return;
  add(known, head, weight =>
    weight.endsWith('Kernel') ? { axes: [1, 0], orders: [rows] } : { axes: [0], orders: [] },
  );
}

/** @throws When the layer is used twice, and once on a flattened image. */
function add(known: Known, layer: tf.layers.Layer, layoutOf: (weight: string) => TorchLayout): void {
  for (const weight of layer.weights) {
    const variable = weight.read() as tf.Variable;
    const layout = layoutOf(weight.originalName.split('/').at(-1)!);
    const other = known.get(variable);
    if (other && JSON.stringify(other.orders) !== JSON.stringify(layout.orders)) {
      throw new Error(
        `the layer ${layer.name} is used on a flattened image and elsewhere, so no one order of its weights fits`,
      );
    }
    known.set(variable, layout);
  }
}

function overChannels(layer: tf.layers.Layer, { shape }: tf.SymbolicTensor): boolean {
  const axis = layer.getConfig()['axis'] as number;
  return axis === -1 || axis === shape.length - 1;
}

/** For each of our values in turn, its place among those of torch. */
function placesInTorch(shape: readonly number[], layout: TorchLayout): Uint32Array {
  const there = torchShape(shape, layout);
  let places = new Uint32Array(1);
  for (const [ours, theirs] of layout.axes.entries()) {
    const size = shape[ours]!;
    const stride = sizeOfShape(there.slice(theirs + 1));
    const order = layout.orders[ours];
    const next = new Uint32Array(places.length * size);
    for (let i = 0; i < next.length; i++) {
      const at = i % size;
      next[i] = places[(i - at) / size]! + stride * (order?.[at] ?? at);
    }
    places = next;
  }
  return places;
}
