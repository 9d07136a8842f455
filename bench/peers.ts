import * as tf from '@tensorflow/tfjs';
import { jaxMlp } from './jax';
import type { Contender } from './measure';
import { networks } from './networks';
import type { Plan } from './plans';
import type { Peers } from './steps';
import type { Torch } from './torch';

/** jax-js beside the MLP on wasm; PyTorch, where it is here, beside the MLP and the convolutions. */
export function peersWith(torch: Torch | undefined): Peers {
  return async ({ network, batches, epochs, batch }: Plan, pixels) => {
    const peers: Contender[] = [];
    if (network === 'mlp' && tf.getBackend() === 'wasm') {
      const run = await jaxMlp(pixels, networks.mlp.batch);
      peers.push({ name: 'jax-js, jitted', run: () => run(epochs) });
    }
    if (torch && network !== 'example' && !batch) {
      peers.push({ name: 'PyTorch, one thread', run: () => torch.run(network, batches, epochs) });
    }
    return peers;
  };
}
