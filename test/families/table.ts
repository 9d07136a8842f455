import { bernoulliFamily, gaussianFamily, normalFamily, Rng } from 'tfjs-vae';
import golden from '../golden/families.json';
import type { FamilyRow } from './row';

const { rows } = golden;

const unitInterval: NonNullable<FamilyRow['data']> = {
  support: 'unitInterval',
  draw: count => new Rng(1).uniform([count, 3]),
  outside: [1.5, /values in \[0, 1\]/],
};
const real: NonNullable<FamilyRow['data']> = {
  support: 'real',
  draw: count => new Rng(1).normal([count, 3]),
  outside: [Number.NaN, /x holds NaN/],
};
const gaussian = { of: 'gaussianFamily', size: 3, data: real };
const normal = { of: 'normalFamily', size: 3, closedKl: ['normal', 'standardNormal'] };

/** Every family: a new one is a row here, and an entry in scripts/golden/make_families.py. */
export const familyRows: readonly FamilyRow[] = [
  {
    name: 'bernoulli',
    of: 'bernoulliFamily',
    family: bernoulliFamily(),
    size: 3,
    golden: [rows.bernoulli],
    data: unitInterval,
  },
  {
    ...gaussian,
    name: 'gaussian, fixed sigma',
    family: gaussianFamily({ sigma: 0.5 }),
    golden: [rows['gaussian, fixed sigma']],
  },
  {
    ...gaussian,
    name: 'gaussian, shared sigma',
    family: gaussianFamily({ sigma: 'shared', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, shared sigma']],
  },
  {
    ...gaussian,
    name: 'gaussian, sigma per element',
    family: gaussianFamily({ sigma: 'perElement', mean: 'sigmoid', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, sigma per element']],
  },
  {
    ...gaussian,
    name: 'gaussian, optimal sigma',
    family: gaussianFamily({ sigma: 'optimal', sigmaFloor: 0.2 }),
    golden: [rows['gaussian, optimal sigma'], rows['gaussian, optimal sigma in training']],
    couples: true,
  },
  { ...normal, name: 'normal', family: normalFamily(), golden: [rows.normal] },
  {
    ...normal,
    name: 'normal, unbounded',
    family: normalFamily({ logVarRange: false }),
    golden: [rows['normal, unbounded']],
  },
];
