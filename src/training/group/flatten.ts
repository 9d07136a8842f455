import * as tf from '@tensorflow/tfjs';
import { readsAtOnce } from '../../optimizers/device';

/**
 * The values of some tensors behind each other, by one read from the device.
 *
 * @param room How many more numbers there is to be room for.
 */
export async function flatten(tensors: readonly tf.Tensor[], room: number): Promise<Float32Array> {
  const length = tensors.reduce((sum, t) => sum + t.size, room);
  const flat = new Float32Array(length);
  if (readsAtOnce()) {
    let at = 0;
    for (const tensor of tensors) {
      flat.set(valuesOf(tensor), at);
      at += tensor.size;
    }
    return flat;
  }
  const joined = tf.tidy(() => tf.concat(tensors.map(t => tf.reshape(tf.cast(t, 'float32'), [-1]))));
  flat.set(await joined.data());
  joined.dispose();
  return flat;
}

/** Only for the moment: the wasm backend lends its memory, where `dataSync` would copy all gradients once more. */
function valuesOf(tensor: tf.Tensor): ArrayLike<number> {
  const backend = tf.backend() as { typedArrayFromHeap?(info: tf.TensorInfo): ArrayLike<number> };
  return backend.typedArrayFromHeap?.(tensor) ?? tensor.dataSync();
}
