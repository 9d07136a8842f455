import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { type BackendReport, prepareBackend } from '../../src/backends/prepare-backend';
import * as device from '../../src/optimizers/device';
import { describeBackends } from '../support/backends';
import { testGoldenRuns } from './adam-golden';

vi.mock('../../src/optimizers/device', { spy: true });

describeBackends('Adam, operation by operation', () => testGoldenRuns());

describeBackends('Adam, prepared', () => {
  let report: BackendReport;
  beforeAll(async () => {
    report = await prepareBackend();
  });
  afterAll(() => report.restore());
  testGoldenRuns();
});

describeBackends('Adam where the flag stays on the device', () => {
  beforeEach(() => {
    vi.mocked(device.readsAtOnce).mockReturnValue(false);
  });
  afterEach(() => {
    vi.mocked(device.readsAtOnce).mockReset();
  });
  testGoldenRuns();
});
