import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Normal } from '../../src/distributions/normal';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianDecoder } from '../../src/models/gaussian-decoder';
import type { FunctionNetwork } from '../../src/models/network';
import { describeBackends, noLeak, values } from '../support/backends';
import { expectClose } from '../support/expect-close';
import { conditionalMlp, mlp, pixelTensor, variable } from '../support/networks';

const scaleOf = (likelihood: Normal) => tf.tidy(() => values(tf.sqrt(likelihood.variance())));
const logProb = (likelihood: Normal, x: tf.Tensor) => values(tf.tidy(() => likelihood.logProb(x)));

/** z → [mean, logVar], the mean linear and the log-variance constant. */
function twoOutputs(logVar: number): FunctionNetwork {
  const kernel = variable([2, 3], 4);
  return {
    apply: ([z]) => {
      const mean = tf.matMul(z as tf.Tensor2D, kernel as tf.Tensor2D);
      return [mean, tf.fill(mean.shape, logVar)];
    },
    variables: { kernel },
    inputShapes: [[2]],
    outputShapes: [[3], [3]],
  };
}

describeBackends('decoders', () => {
  test('a sample axis is folded: decoding [S, B, D] is S decodings', () => {
    const decoders = [
      new BernoulliDecoder({ network: mlp([2, 4, 3]) }),
      new GaussianDecoder({ network: mlp([2, 4, 3]), sigma: 'shared' }),
      new GaussianDecoder({ network: mlp([2, 6]), sigma: 'perElement', mean: 'sigmoid' }),
      new GaussianDecoder({ network: twoOutputs(-1), sigma: 'perElement' }),
    ];
    const z = tf.reshape(pixelTensor(12, 2), [3, 4, 2]);
    const x = pixelTensor(4, 3);
    for (const decoder of decoders) {
      const together = values(tf.tidy(() => decoder.decode(z).logProb(x)));
      const apart = [0, 1, 2].flatMap(s =>
        values(tf.tidy(() => decoder.decode(tf.reshape(tf.slice(z, [s, 0, 0], [1, 4, 2]), [4, 2])).logProb(x))),
      );
      expect(together.length).toBe(12);
      expectClose(together, apart, { tolerance: 1e-6 });
      decoder.dispose();
    }
    tf.dispose([z, x]);
  });

  test('a sample axis and a condition', () => {
    const decoder = new BernoulliDecoder({ network: conditionalMlp(2, 2, 3) });
    const z = tf.reshape(pixelTensor(6, 2), [2, 3, 2]);
    const condition = pixelTensor(3, 2, 8);
    const together = values(tf.tidy(() => decoder.decode(z, { condition }).mean()));
    const apart = [0, 1].flatMap(s =>
      values(
        tf.tidy(() => decoder.decode(tf.reshape(tf.slice(z, [s, 0, 0], [1, 3, 2]), [3, 2]), { condition }).mean()),
      ),
    );
    expectClose(together, apart, { tolerance: 1e-6 });
    expect(() => decoder.decode(z)).toThrow('BernoulliDecoder.decode: the network has a second input');
    decoder.dispose();
    tf.dispose([z, condition]);
  });

  test('σ fixed: −log p = Σ (x − μ)²/2σ² + log σ + ½ log 2π', () => {
    const decoder = new GaussianDecoder({ network: mlp([2, 3]), sigma: 0.5 });
    const z = pixelTensor(2, 2);
    const x = pixelTensor(2, 3);
    const likelihood = decoder.decode(z);
    const mean = Array.from(likelihood.params.mean.dataSync());
    const data = Array.from(x.dataSync());
    const expected = [0, 1].map(r =>
      [0, 1, 2].reduce((a, d) => {
        const error = data[3 * r + d]! - mean[3 * r + d]!;
        return a - (error ** 2 / 0.5 + Math.log(0.5) + 0.5 * Math.log(2 * Math.PI));
      }, 0),
    );
    expectClose(logProb(likelihood, x), expected, { tolerance: 1e-5 });
    likelihood.dispose();
    decoder.dispose();
    tf.dispose([z, x]);
  });

  test('one shared σ has the gradient of its log-variance, D·N/2·(1 − MSE/σ²)·e^lv/σ²', () => {
    const decoder = new GaussianDecoder({ network: mlp([2, 3]), sigma: 'shared', sigmaFloor: 0.1 });
    const logVar = decoder.variables()['sigma/logVar']!;
    logVar.assign(tf.scalar(-1));
    const z = pixelTensor(4, 2);
    const x = pixelTensor(4, 3);
    const mean = Array.from((decoder.decode(z).params as { mean: tf.Tensor }).mean.dataSync());
    const mse = Array.from(x.dataSync()).reduce((a, v, i) => a + (v - mean[i]!) ** 2, 0) / 12;
    const { grads, value } = tf.variableGrads(
      () => tf.neg(tf.sum(decoder.decode(z).logProb(x))) as tf.Scalar,
      [logVar],
    );
    const variance = Math.exp(-1) + 0.01;
    expectClose(values(grads[logVar.name]!), [((12 / 2) * (1 - mse / variance) * Math.exp(-1)) / variance], {
      tolerance: 1e-4,
    });
    expect(decoder.trainableVariables()).toContain(logVar);
    value.dispose();
  });

  test('one σ per element, from two outputs or from two halves of the last axis', () => {
    const two = new GaussianDecoder({ network: twoOutputs(-2), sigma: 'perElement', sigmaFloor: 0 });
    const z = pixelTensor(2, 2);
    expectClose(scaleOf(two.decode(z)), Array(6).fill(Math.exp(-1)), { tolerance: 1e-6 });
    const network = mlp([2, 6]);
    const halves = new GaussianDecoder({ network, sigma: 'perElement', sigmaFloor: 0.2 });
    expect(halves.outputShape).toEqual([3]);
    const raw = Array.from((network.predict(z) as tf.Tensor).dataSync());
    const likelihood = halves.decode(z);
    expectClose(Array.from(likelihood.params.mean.dataSync()), [...raw.slice(0, 3), ...raw.slice(6, 9)]);
    const expected = [...raw.slice(3, 6), ...raw.slice(9, 12)].map(lv => Math.sqrt(Math.exp(lv) + 0.04));
    expectClose(scaleOf(likelihood), expected, { tolerance: 1e-5 });
  });

  test('the floor holds whatever the network says, and the gradient lives', () => {
    const floored = new GaussianDecoder({ network: twoOutputs(-60), sigma: 'perElement', sigmaFloor: 0.05 });
    const z = pixelTensor(2, 2);
    expectClose(scaleOf(floored.decode(z)), Array(6).fill(0.05), { tolerance: 1e-5 });
    const high = new GaussianDecoder({ network: twoOutputs(300), sigma: 'perElement' });
    expect(logProb(high.decode(z), pixelTensor(2, 3)).every(Number.isFinite)).toBe(true);
  });

  test('a sigmoid mean lies in [0, 1]', () => {
    const network = mlp([2, 3]);
    const decoder = new GaussianDecoder({ network, sigma: 1, mean: 'sigmoid' });
    const z = pixelTensor(2, 2);
    const logits = Array.from((network.predict(z) as tf.Tensor).dataSync());
    expectClose(
      values(tf.tidy(() => decoder.decode(z).mean())),
      logits.map(l => 1 / (1 + Math.exp(-l))),
    );
  });

  test('optimal σ: the batch MSE while training, its running average otherwise', () => {
    const decoder = new GaussianDecoder({ network: mlp([2, 3]), sigma: 'optimal' });
    expect(decoder.perExample).toBe(false);
    expect(decoder.trainableVariables().length).toBe(2);
    const z = pixelTensor(4, 2);
    const errors: number[] = [];
    for (const seed of [1, 2, 3]) {
      const target = pixelTensor(4, 3, seed);
      const { likelihood, updates } = decoder.decodeWithUpdates(z, { training: true, target });
      const mean = Array.from(likelihood.params.mean.dataSync());
      const mse = Array.from(target.dataSync()).reduce((a, v, i) => a + (v - mean[i]!) ** 2, 0) / 12;
      errors.push(mse);
      expectClose(scaleOf(likelihood), Array(12).fill(Math.sqrt(mse)), { tolerance: 1e-5 });
      // Rybkin et al. 2021, equation 6: the negative log-likelihood is D/2·(log(2π·MSE) + 1) in the mean.
      const nll = -logProb(likelihood, target).reduce((a, b) => a + b, 0) / 4;
      expectClose([nll], [1.5 * (Math.log(2 * Math.PI * mse) + 1)], { tolerance: 1e-5 });
      for (const [variable, value] of updates) variable.assign(value);
    }
    const running = (0.99 ** 2 * errors[0]! + 0.99 * errors[1]! + errors[2]!) / (0.99 ** 2 + 0.99 + 1);
    expectClose(scaleOf(decoder.decode(z)), Array(12).fill(Math.sqrt(running)), { tolerance: 1e-5 });
    const evaluated = decoder.decodeWithUpdates(z, { training: false, target: pixelTensor(4, 3, 9) });
    expect(evaluated.updates).toEqual([]);
    expectClose(scaleOf(evaluated.likelihood), Array(12).fill(Math.sqrt(running)), { tolerance: 1e-5 });
  });

  test('optimal σ of masked and weighted data is the σ that maximises their likelihood', () => {
    const decoder = new GaussianDecoder({ network: mlp([2, 2]), sigma: 'optimal' });
    const z = pixelTensor(3, 2);
    const target = tf.tensor2d([
      [0.1, Number.NaN],
      [0.4, 0.9],
      [0.8, 0.2],
    ]);
    const mask = tf.tensor2d([
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    const weights = tf.tensor1d([1, 4, 0]);
    const { likelihood } = decoder.decodeWithUpdates(z, { training: true, target, mask, weights });
    const mean = Array.from(likelihood.params.mean.dataSync());
    const error = (0.1 - mean[0]!) ** 2 + 4 * ((0.4 - mean[2]!) ** 2 + (0.9 - mean[3]!) ** 2);
    expectClose(scaleOf(likelihood), Array(6).fill(Math.sqrt(error / 9)), { tolerance: 1e-5 });
  });

  test('optimal σ never falls below the floor, and is refused with several samples', () => {
    const decoder = new GaussianDecoder({ network: mlp([2, 3]), sigma: 'optimal', sigmaFloor: 0.3 });
    const z = pixelTensor(4, 2);
    const { likelihood } = decoder.decodeWithUpdates(z, { training: true, target: decoder.decode(z).mean() });
    expectClose(scaleOf(likelihood), Array(12).fill(0.3), { tolerance: 1e-6 });
    const several = tf.zeros([2, 4, 2]);
    expect(() => decoder.decodeWithUpdates(several, { training: true, target: pixelTensor(4, 3) })).toThrow(
      "GaussianDecoder: sigma 'optimal' is the error of one sample per example",
    );
  });

  test('decoding leaves nothing behind, and dispose gives all back', () => {
    const before = tf.memory().numTensors;
    const decoders = (['shared', 'optimal', 'perElement', 0.1] as const).map(
      sigma => new GaussianDecoder({ network: mlp([2, 6]), sigma }),
    );
    const z = pixelTensor(2, 2);
    const target = pixelTensor(2, 6);
    for (const decoder of decoders) {
      noLeak(() => decoder.decode(z).dispose());
      noLeak(() => tf.tidy(() => void decoder.decode(z)));
      if (decoder.outputShape[0] === 6) noLeak(() => decoder.decode(z, { training: true, target }).dispose());
      decoder.dispose();
      decoder.dispose();
    }
    tf.dispose([z, target]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what cannot be a decoder', () => {
  test('is refused when it is made', () => {
    const network = mlp([2, 3]);
    expect(() => new GaussianDecoder({ network, sigma: 0 })).toThrow(
      "GaussianDecoder: sigma must be a positive number, 'shared', 'perElement' or 'optimal', got 0",
    );
    expect(() => new GaussianDecoder({ network, sigma: 'best' as 'optimal' })).toThrow('got "best"');
    expect(() => new GaussianDecoder({ network, sigma: 1, mean: 'tanh' as 'linear' })).toThrow(
      "must be 'linear' or 'sigmoid'",
    );
    expect(() => new GaussianDecoder({ network, sigma: 1, sigmaFloor: -1 })).toThrow(
      'sigmaFloor must be 0 or more, got -1',
    );
    expect(() => new GaussianDecoder({ network, sigma: 'perElement' })).toThrow(
      'its size must be even, got [batch, 3]',
    );
    expect(() => new GaussianDecoder({ network: twoOutputs(0), sigma: 1 })).toThrow(
      "two outputs need sigma: 'perElement'",
    );
    expect(
      () => new GaussianDecoder({ network: { ...twoOutputs(0), outputShapes: [[3], [2]] }, sigma: 'perElement' }),
    ).toThrow('GaussianDecoder: mean and logVar of the network must have one shape, got [batch, 3] and [batch, 2]');
    expect(() => new BernoulliDecoder({ network: twoOutputs(0) })).toThrow('must have one output, the logits, got 2');
    const decoder = new BernoulliDecoder({ network });
    expect(() => decoder.decode(tf.zeros([2, 5]))).toThrow('BernoulliDecoder.decode: z must be [batch, 2], got [2,5]');
  });
});
