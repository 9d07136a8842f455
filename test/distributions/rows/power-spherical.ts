import { PowerSpherical } from '../../../src/distributions/power-spherical';
import { SphereUniform } from '../../../src/distributions/sphere-uniform';
import power from '../../golden/distributions/power-spherical.json';
import uniform from '../../golden/distributions/sphere-uniform.json';
import { digamma64, lgamma64 } from '../../support/special-functions';
import { klRow, type Nested, type Optional, type Params, type Row, row } from '../row';
import { sphere } from '../supports';
import { klOfExamples, logProbOfExamples } from '../twins';

const dependent = ['logProbElements', 'klElements', 'mask'] satisfies Optional[];
const logSurface = (size: number) => Math.LN2 + 0.5 * size * Math.log(Math.PI) - lgamma64(size / 2);
const toUniform = (size: number, y: Nested, kl: (kappa: number) => number) =>
  klRow({
    name: 'SphereUniform',
    golden: { params: {} as Params, y },
    make: () => new SphereUniform({ shape: [size] }),
    kl64: klOfExamples(({ concentration = [0] }) => kl(concentration[0]!)),
  });

const peak = (kappa: number, b: number) =>
  lgamma64(2 * b + kappa) - lgamma64(b + kappa) - b * (2 * Math.LN2 + Math.log(Math.PI));

function squares(x: readonly number[], mean: readonly number[], sign: 1 | -1): number {
  return x.reduce((sum, v, i) => sum + (v + sign * mean[i]!) ** 2, 0) / 4;
}

function powerSpherical(name: string, size: number, golden: typeof power.sphere): Row {
  const b = (size - 1) / 2;
  return row({
    name,
    of: 'PowerSpherical',
    golden,
    make: ({ mean, concentration }) => new PowerSpherical({ mean, concentration }),
    event: [size],
    support: sphere(size),
    without: dependent,
    logProb64: logProbOfExamples((x, { mean, concentration }) => {
      const gap = squares(x, mean!, -1);
      const closeness = gap < 0.5 ? Math.log1p(-gap) : Math.log(squares(x, mean!, 1));
      return peak(concentration![0]!, b) + concentration![0]! * closeness;
    }),
    kl: [
      toUniform(size, golden.kl.sphereUniform.y, kappa => {
        const fall = digamma64(2 * b + kappa) - digamma64(b + kappa);
        return peak(kappa, b) - kappa * fall + logSurface(size);
      }),
    ],
  });
}

export const powerSphericalRows: readonly Row[] = [
  powerSpherical('PowerSpherical', 3, power.sphere),
  powerSpherical('PowerSpherical on the circle', 2, power.circle),
];

export const sphereUniformRows: readonly Row[] = [
  row({
    name: 'SphereUniform',
    of: 'SphereUniform',
    golden: uniform.sphere,
    make: () => new SphereUniform({ shape: [3] }),
    event: [3],
    support: sphere(3),
    without: [...dependent, 'mode'],
    logProb64: logProbOfExamples(() => -logSurface(3)),
    kl: [toUniform(3, uniform.sphere.kl.sphereUniform.y, () => 0)],
  }),
];
