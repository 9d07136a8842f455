import { StudentT } from '../../../src/distributions/student-t';
import golden from '../../golden/distributions/student-t.json';
import { lgamma64 } from '../../support/special-functions';
import { type Row, row } from '../row';
import { supports } from '../supports';
import { logProbOfElements } from '../twins';

const shared = {
  of: 'StudentT',
  make: ({ loc, scale, df }: ConstructorParameters<typeof StudentT>[0]) => new StudentT({ loc, scale, df }),
  event: [2],
  support: supports.real,
  logProb64: logProbOfElements((x, { loc, scale, df: nu }) => {
    const level = lgamma64((nu! + 1) / 2) - lgamma64(nu! / 2) - 0.5 * Math.log(Math.PI * nu!) - Math.log(scale!);
    return level - ((nu! + 1) / 2) * Math.log1p(((x - loc!) / scale!) ** 2 / nu!);
  }),
};

export const studentTRows: readonly Row[] = [
  row({ ...shared, name: 'StudentT', golden: golden.studentT }),
  row({ ...shared, name: 'StudentT, one ν for all', golden: golden.scalarDf }),
];
