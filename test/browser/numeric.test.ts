import * as tf from '@tensorflow/tfjs';
import { Bernoulli, expm1MinusX, klStandardNormal, logSumExp, Normal, softClip } from 'tfjs-vae';
import { expect, test } from 'vitest';
import bernoulli from '../golden/bernoulli.json';
import normal from '../golden/normal.json';
import ops from '../golden/ops.json';
import { expectValues, values } from '../support/expect-values';
import { numberRows } from '../support/numbers';
import { describeBackends } from './backends';

const relative = { floor: 1e-37 };

describeBackends('ops', () => {
  test('expm1MinusX and its gradient, relatively', async () => {
    const { x, y, gradient } = ops.expm1MinusX;
    await expectValues(t => expm1MinusX(t!), [x], { values: y, gradients: [gradient] }, relative);
  });

  for (const { low, high, x, y, gradient } of ops.softClip) {
    test(`softClip on [${low}, ${high}] and its gradient`, async () => {
      await expectValues(t => softClip(t!, low, high), [x], { values: y, gradients: [gradient] });
    });
  }

  // The row of −3e38 stays out: tfjs's largest of it is −1e20 on webgl.
  test('logSumExp and its gradient, −∞ among the terms included', async () => {
    const rows = ops.logSumExp.x.map((row, i) => ({ x: row.map(Number), y: Number(ops.logSumExp.y[i]), i }));
    const finite = rows.filter(({ y }) => !(y < -1e20 && Number.isFinite(y)));
    const gradients = [finite.flatMap(({ i }) => ops.logSumExp.gradient[i]!)];
    expect(finite).toHaveLength(rows.length - 1);
    const f = (...[t]: tf.Tensor[]) => logSumExp(tf.reshape(t!, [finite.length, -1]), 1);
    await expectValues(f, [finite.flatMap(({ x }) => x)], { values: finite.map(({ y }) => y), gradients });
  });
});

describeBackends('golden numbers', () => {
  for (const { name, f, inputs, closeness, ...golden } of numberRows) {
    test(name, () => expectValues(f, inputs, golden, closeness));
  }
});

describeBackends('KL', () => {
  const { kl, klStandard } = normal;
  const toStandard = (...[m, lv]: tf.Tensor[]) => klStandardNormal(m!, lv!);

  test('to N(0, 1) and its gradients, relatively, |logVar| from 1e-4 to 60', async () => {
    const { mean, logVar, y, gradientLogVar } = klStandard;
    await expectValues(toStandard, [mean, logVar], { values: y, gradients: [mean, gradientLogVar] }, relative);
  });

  test('between two Normals', async () => {
    const f = (...[qm, qlv, pm, plv]: tf.Tensor[]) =>
      new Normal({ mean: qm!, logVar: qlv! }).kl(new Normal({ mean: pm!, logVar: plv! }));
    await expectValues(f, [kl.qMean, kl.qLogVar, kl.pMean, kl.pLogVar], { values: kl.y });
  });
});

describeBackends('log-densities', () => {
  test('Normal by logVar, from −60 to 60', async () => {
    const { x, mean, logVar, y } = normal.logDensity;
    const f = (...[v, m, lv]: tf.Tensor[]) => new Normal({ mean: m!, logVar: lv! }).logProb(v!);
    await expectValues(f, [x, mean, logVar], { values: y });
  });

  test('Normal by scale', async () => {
    const { x, mean, scale, y } = normal.logDensityScale;
    const f = (...[v, m, s]: tf.Tensor[]) => new Normal({ mean: m!, scale: s! }).logProb(v!);
    await expectValues(f, [x, mean, scale], { values: y });
  });

  test('Bernoulli and its gradient, logits from −200 to 200', async () => {
    const { x, logits, y, gradientLogits } = bernoulli.logMass;
    const f = (...[v, l]: tf.Tensor[]) => new Bernoulli({ logits: l! }).logProb(v!);
    await expectValues(f, [x, logits], { values: y, gradients: [logits, gradientLogits] });
  });

  test('the closeness used here sees an error of 2e-5', async () => {
    const { x, y } = ops.expm1MinusX;
    const off = expectValues(t => tf.mul(expm1MinusX(t!), 1 + 2e-5), [x], { values: y }, relative);
    await expect(off).rejects.toThrow('value');
    expect(await values(tf.scalar(2))).toEqual([2]);
  });
});
