import { describe, expect, test } from 'vitest';
import { normalQuantile } from '../../src/latent/normal-quantile';
import golden from '../golden/normal-quantile.json';

describe('normalQuantile', () => {
  test('has 15 digits, in the middle, in the tails and beside every seam', () => {
    golden.p.forEach((p, i) => {
      const z = golden.z[i]!;
      expect(Math.abs(normalQuantile(p) - z), `p = ${p}`).toBeLessThanOrEqual(1e-15 * Math.abs(z));
    });
  });

  test('is odd about ½ and infinite at the ends', () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.25)).toBe(-normalQuantile(0.75));
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });

  test.each([-0.1, 1.1, Number.NaN])('refuses %s', p => {
    expect(() => normalQuantile(p)).toThrow(`p must be a probability in [0, 1], got ${p}`);
  });
});
