import { Normal } from '../../../src/distributions/normal';
import { StandardNormal } from '../../../src/distributions/standard-normal';
import golden from '../../golden/distributions/normal.json';
import { normal64, normalKl64 } from '../normal-twins';
import { klRow, type Nested, type Params, type Row, row } from '../row';
import { supports } from '../supports';

const { byLogVar, byScale, scalarLogVar, samples, noEvent } = golden;

const shared = { of: 'Normal', support: supports.real, logProb64: normal64 };

const toNormal = (kl: { params: { mean: Nested; logVar: Nested }; y: Nested }, eventRank?: number) =>
  klRow({
    name: 'Normal, mean and logVar',
    golden: kl,
    make: ({ mean, logVar }) => new Normal({ mean, logVar, ...(eventRank !== undefined && { eventRank }) }),
    kl64: normalKl64,
  });

const toStandard = (shape: readonly number[], y: Nested) =>
  klRow({
    name: 'StandardNormal',
    golden: { params: {} as Params, y },
    make: () => new StandardNormal({ shape }),
    kl64: normalKl64,
  });

export const normalRows: readonly Row[] = [
  row({
    ...shared,
    name: 'Normal, mean and logVar',
    golden: byLogVar,
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    event: [2],
    kl: [
      toNormal(byLogVar.kl.normal),
      klRow({
        name: 'Normal, mean and scale',
        golden: byLogVar.kl.scale,
        make: ({ mean, scale }) => new Normal({ mean, scale }),
        kl64: normalKl64,
      }),
      toStandard([2], byLogVar.kl.standard.y),
    ],
  }),
  row({
    ...shared,
    name: 'Normal, mean and scale',
    golden: byScale,
    make: ({ mean, scale }) => new Normal({ mean, scale }),
    event: [2],
    kl: [toNormal(byScale.kl.normal), toStandard([2], byScale.kl.standard.y)],
  }),
  row({
    ...shared,
    name: 'Normal over matrices, scalar logVar',
    golden: scalarLogVar,
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    event: [2, 3],
    kl: [toStandard([2, 3], scalarLogVar.kl.standard.y)],
  }),
  row({
    ...shared,
    name: 'Normal with parameters [samples, batch, event]',
    golden: samples,
    make: ({ mean, logVar }) => new Normal({ mean, logVar, eventRank: 1 }),
    event: [2],
    kl: [toNormal(samples.kl.normal, 1), toStandard([2], samples.kl.standard.y)],
  }),
  row({
    ...shared,
    name: 'Normal without an event',
    golden: noEvent,
    make: ({ mean, logVar }) => new Normal({ mean, logVar }),
    event: [],
    kl: [toNormal(noEvent.kl.normal)],
  }),
];
