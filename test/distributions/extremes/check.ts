import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { errorsOf } from './errors';
import { toleranceOf } from './row';
import { extremeRows } from './table';

/** Set VITE_REPORT=1 to print the largest errors, for the table in docs/catalogue.md. */
const reports = Boolean((import.meta as { env?: Record<string, string> }).env?.['VITE_REPORT']);

/** Every distribution over its grid of extremes, on the active backend. */
export function checkExtremes(): void {
  test.each(extremeRows.map(row => [row.name, row] as const))('%s', async (_, row) => {
    const before = tf.memory().numTensors;
    const found = await errorsOf(row);
    expect(tf.memory().numTensors).toBe(before);
    if (reports) {
      const errors = Object.entries(found).map(([name, { error }]) => `${name} ${error.toExponential(1)}`);
      // biome-ignore lint/suspicious/noConsole: a report that was asked for.
      console.info(`extremes ${tf.getBackend()} ${row.name}: ${errors.join(', ')}`);
    }
    for (const [name, { error, at }] of Object.entries(found)) {
      const allowed = toleranceOf(row, name === 'value' ? 'values' : 'gradients', tf.getBackend());
      expect(error, `${name} at ${at}`).toBeLessThanOrEqual(allowed);
    }
  });
}
