import type { Network } from './networks';

/**
 * What one measurement of training does: `epochs` times the same `batches`. Five epochs where a step is quick enough,
 * since `fit` checks the data once in all, and real runs have many epochs.
 */
export type Plan = { network: Network; batches: number; epochs: number; batch?: number; stock?: false };

const plan = (network: Network, batches: number, epochs = 5): Plan => ({ network, batches, epochs });

// A stock convolutional step takes minutes on cpu with a batch of 128.
const convOnCpu: Plan[] = [
  { ...plan('conv', 1, 1), batch: 4 },
  { ...plan('conv', 1), stock: false },
];

/** `chromium` has a software GPU, which takes seconds for a step: few steps, and small batches of the convolutions. */
export const plans: Record<'node' | 'chromium' | 'hardware', Record<string, Plan[]>> = {
  node: {
    cpu: [plan('mlp', 1), ...convOnCpu, plan('example', 1, 1)],
    wasm: [plan('mlp', 10), plan('conv', 2), plan('example', 2)],
    tensorflow: [plan('mlp', 20), plan('conv', 2), plan('example', 10)],
  },
  chromium: {
    wasm: [plan('mlp', 4), plan('conv', 1), plan('example', 1)],
    webgl: [plan('mlp', 1), { ...plan('conv', 1, 1), batch: 16 }, plan('example', 1, 1)],
    webgpu: [plan('mlp', 1, 1), { ...plan('conv', 1, 1), batch: 4 }, { ...plan('example', 1, 1), batch: 128 }],
  },
  hardware: {
    webgl: [plan('mlp', 10), plan('conv', 2), plan('example', 10)],
    webgpu: [plan('mlp', 10), plan('conv', 2), plan('example', 10)],
  },
};
