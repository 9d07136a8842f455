import * as tf from '@tensorflow/tfjs';

/** Whether the numbers of the active backend are 16 bits wide: the largest is 65,504 then. */
export function isFloat16(): boolean {
  return tf.getBackend() === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
}
