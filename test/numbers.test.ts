import { afterAll, beforeAll, describe, test } from 'vitest';
import { type BackendReport, prepareBackend } from '../src/backends/prepare-backend';
import { describeBackends } from './support/backends';
import { expectValues } from './support/expect-values';
import { numberRows } from './support/numbers';

const suite = () => {
  test.each(numberRows.map(row => [row.name, row] as const))('%s', async (_, row) => {
    const { f, inputs, closeness, nodeTolerance, ...golden } = row;
    await expectValues(f, inputs, golden, { ...closeness, ...(nodeTolerance && { tolerance: nodeTolerance }) });
  });
};

describeBackends('golden numbers', backend => {
  suite();

  describe(`prepared ${backend}`, () => {
    let report: BackendReport;
    beforeAll(async () => {
      report = await prepareBackend();
    });
    afterAll(() => report.restore());
    suite();
  });
});
