import * as tf from '@tensorflow/tfjs';
import { convVae, type FileTarget, mlpVae, saveVae, type Vae } from 'tfjs-vae';
import { describe, expect, test } from 'vitest';
import { hasModule, pythonOutput } from './python';

const present = hasModule('numpy', 'the file of a model in Python');

async function bytesOf(vae: Vae): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  const target: FileTarget = {
    async write(given) {
      bytes = given.slice();
    },
  };
  await saveVae(vae, target);
  return bytes;
}

/** Reads a model from the standard input and writes it again. */
const again = `
import base64, importlib, sys
model_file = importlib.import_module('tfjs_vae.model_file')
found = model_file.parse_model(base64.b64decode(sys.stdin.read()), 'stdin')
assert found.config['encoder'] and found.config['decoder']
print(base64.b64encode(model_file.model_bytes(found.tensors, found.notes)).decode())
`;

describe.skipIf(!present)('a model file in Python', () => {
  test.each<[string, () => Vae]>([
    ['mlp', () => mlpVae({ inputShape: [6, 5, 1], latentDim: 3, hidden: [7], seed: 1 })],
    [
      'conv',
      () => convVae({ inputShape: [8, 8, 2], latentDim: 3, filters: [3, 4], decoder: { sigma: 'optimal' }, seed: 1 }),
    ],
  ])('%s is read and written to the same bytes', async (_, build) => {
    await tf.setBackend('cpu');
    const vae = build();
    const bytes = await bytesOf(vae);
    const written = Buffer.from(pythonOutput(['-c', again], Buffer.from(bytes).toString('base64')), 'base64');
    expect(Buffer.compare(written, Buffer.from(bytes))).toBe(0);
    vae.dispose();
  });
});
