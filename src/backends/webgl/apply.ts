import * as tf from '@tensorflow/tfjs';
import { type AppliedChange, applyPatches } from '../kernel-patch';
import { adamUpdate } from './adam-update';
import { allFinite } from './all-finite';
import { logMass } from './log-mass';

/** Our kernels, where the device has WebGL 2. */
export function applyWebgl(): AppliedChange[] {
  return tf.env().getNumber('WEBGL_VERSION') === 2 ? applyPatches('webgl', [allFinite, adamUpdate, logMass]) : [];
}
