import * as tf from '@tensorflow/tfjs';

/**
 * The most bytes in tensors at any moment of a run, beyond those at its start: seen whenever a tensor is made.
 *
 * @param look Called at these moments.
 */
export async function peakBytes(run: () => unknown, look: () => void = () => {}): Promise<number> {
  const engine = tf.engine() as unknown as { trackTensor(...args: unknown[]): void };
  const { trackTensor } = engine;
  const rest = tf.memory().numBytes;
  let peak = rest;
  engine.trackTensor = function (...args) {
    trackTensor.apply(this, args);
    peak = Math.max(peak, tf.memory().numBytes);
    look();
  };
  try {
    await run();
  } finally {
    engine.trackTensor = trackTensor;
  }
  return peak - rest;
}
