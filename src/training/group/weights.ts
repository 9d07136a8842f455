import * as tf from '@tensorflow/tfjs';
import { crc32 } from '../../io/crc32';
import type { Variables } from '../../variables/variables';
import { broadcastBytes, broadcastJson, failTogether } from './exchange';
import type { Group } from './group';

/** Gives all processes the values of process 0; their variables have the same paths, shapes and types. */
export async function broadcastWeights(group: Group, variables: Variables): Promise<void> {
  const bytes = await broadcastBytes(group, await bytesOf(variables));
  if (group.rank === 0) return;
  let at = 0;
  for (const variable of Object.values(variables)) {
    const { size, shape, dtype } = variable;
    const values = dtype === 'bool' ? new Uint8Array(size) : new (dtype === 'int32' ? Int32Array : Float32Array)(size);
    new Uint8Array(values.buffer).set(bytes.subarray(at, at + values.byteLength));
    at += values.byteLength;
    tf.tidy(() => variable.assign(tf.tensor(values, shape, dtype)));
  }
}

/**
 * @param when Such as `after epoch 3`.
 * @throws In all processes, when one of them has other weights than process 0.
 */
export async function compareWeights(group: Group, variables: Variables, when: string): Promise<void> {
  const own = crc32(await bytesOf(variables));
  const isSame = own === (await broadcastJson(group, own));
  const error = new Error(
    `fit: the weights of process ${group.rank} are not those of process 0 ${when}: every process must run the same program on the same backend and kind of processor, and callbacks that change the model must do so in every process`,
  );
  await failTogether(group, isSame ? undefined : error);
}

async function bytesOf(variables: Variables): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const variable of Object.values(variables)) {
    const values = (await variable.data()) as Float32Array;
    parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
