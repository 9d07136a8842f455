import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import { convVae, VaeTrainer } from 'tfjs-vae';
import { afterEach, describe, expect, test } from 'vitest';
import { prepareBackend } from '../../../src/backends/prepare-backend';
import { fusedProducts } from '../../../src/backends/prepared-backends';
import { fusingCode } from '../../../src/backends/wasm/fusing-code';
import type { WasmBackend } from '../../../src/backends/wasm/scratch';
import { simdKernelsOf } from '../../../src/backends/wasm/simd-kernels';
import { settingsOf } from '../../../src/training/settings';
import { normal, relativeError, useWasm } from '../support';

// Node 20 has it behind this flag; later ones have it, and do not know the flag.
if (process.version.startsWith('v20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
const here = fusingCode() !== undefined;

const simd = () => simdKernelsOf(tf.backend() as unknown as WasmBackend);
const product = () => tf.tidy(() => tf.matMul(normal([70, 300], 'a'), normal([300, 41], 'b')).dataSync());

describe('prepareBackend({ relaxedSimd })', () => {
  useWasm();
  afterEach(async () => (await prepareBackend()).restore());

  test('refuses what it does not know', async () => {
    await expect(prepareBackend({ relaxedSimd: 'yes' as never })).rejects.toThrow(
      'prepareBackend: relaxedSimd must be true or false, got yes',
    );
    await expect(prepareBackend({ relaxedSIMD: true } as never)).rejects.toThrow(
      'prepareBackend: unknown option relaxedSIMD; write relaxedSimd',
    );
  });

  test('is off by default, and nothing is fused on other backends', async () => {
    expect((await prepareBackend()).changes.map(({ action }) => action)).not.toContain('fused');
    expect(fusedProducts()).toBe(false);
    expect(simd()!.squareAdd(1 + 2 ** -12, -(1 + 2 ** -11))).toBe(0);
    await tf.setBackend('cpu');
    const report = await prepareBackend({ relaxedSimd: true });
    expect(report.changes.map(({ action }) => action)).not.toContain('fused');
    expect(fusedProducts()).toBe(false);
    report.restore();
    await tf.setBackend('wasm');
  });

  describe.runIf(here)('where the processor has it', () => {
    test('comes, stays and goes as it is told, and the report says so', async () => {
      const plain = await prepareBackend();
      const values = product();
      const fused = await prepareBackend({ relaxedSimd: true });
      expect(fused.changes.filter(({ action }) => action === 'fused').map(({ kernel }) => kernel)).toEqual([
        'BatchMatMul',
      ]);
      expect(fusedProducts()).toBe(true);
      expect(simd()!.squareAdd(1 + 2 ** -12, -(1 + 2 ** -11))).toBe(2 ** -24);
      const more = product();
      expect(more).not.toEqual(values);
      // The first report is of a preparation that is gone.
      plain.restore();
      expect(fusedProducts()).toBe(true);
      expect((await prepareBackend()).changes).toEqual(fused.changes);
      expect(product()).toEqual(more);
      await prepareBackend({ relaxedSimd: false });
      expect(fusedProducts()).toBe(false);
      expect(product()).toEqual(values);
    });

    test('is among the settings that a checkpoint keeps', async () => {
      const state = { model: {}, objective: {}, transforms: [], optimizer: {}, players: new Map() };
      const settings = () => settingsOf(state as unknown as Parameters<typeof settingsOf>[0]);
      await prepareBackend({ relaxedSimd: true });
      expect(settings()['fusedProducts']).toBe(true);
      await prepareBackend({ relaxedSimd: false });
      expect('fusedProducts' in settings()).toBe(false);
    });

    test('restore brings the plain code back', async () => {
      const values = product();
      (await prepareBackend({ relaxedSimd: true })).restore();
      expect(fusedProducts()).toBe(false);
      await prepareBackend();
      expect(simd()!.squareAdd(1 + 2 ** -12, -(1 + 2 ** -11))).toBe(0);
      expect(relativeError(product(), values)).toBeLessThan(1e-6);
    });

    test('training takes the same course to within rounding, and repeats bit for bit', async () => {
      const course = async (relaxedSimd: boolean) => {
        await prepareBackend({ relaxedSimd });
        const model = convVae({ inputShape: [8, 8, 1], latentDim: 2, seed: 1 });
        const trainer = new VaeTrainer({ model, seed: 1 });
        const x = tf.tidy(() => tf.sigmoid(normal([32, 8, 8, 1], 'x')) as tf.Tensor4D);
        const { loss } = (await trainer.fit(x, { epochs: 3, batchSize: 16 })).history;
        x.dispose();
        trainer.dispose();
        model.dispose();
        return loss!;
      };
      const [plain, fused, again] = [await course(false), await course(true), await course(true)];
      expect(again).toEqual(fused);
      expect(relativeError(fused, plain)).toBeLessThan(1e-6);
    });
  });
});
