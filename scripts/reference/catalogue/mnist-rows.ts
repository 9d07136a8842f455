import { readIdxFolder } from 'tfjs-vae/node';
import { type Report, since } from '../report';
import { type MnistResult, mnistRows, mnistRun } from './mnist';

type Name = keyof typeof mnistRows;

/** How far a −ELBO may be from that of the reference trainer, as a share of it. */
const APART = { likelihood: 0.03, other: 0.015 };

/** By how many nats a row must beat the first one, where that was run; a full covariance may lose half a nat. */
const GAINS: Partial<Record<Name, number>> = { full: -0.5, mixture: 1.5, vamp: 3.5 };

/** The rows on MNIST, one seed. */
export async function mnistCatalogue(report: Report, folder: string, wants: (name: string) => boolean): Promise<void> {
  const names = (Object.keys(mnistRows) as Name[]).filter(name => wants(name) || wants('mnist'));
  if (names.length === 0) return;
  const { train, test } = await readIdxFolder(folder, { test: true });
  const found: Partial<Record<Name, MnistResult>> = {};
  for (const name of names) {
    const started = performance.now();
    const { what, reference, transforms } = mnistRows[name];
    const result = await mnistRun({ name, data: { train: train.images, test: test.images }, seed: 1 });
    found[name] = result;
    const [expected, reconstruction, kl] = reference;
    const isNear =
      Math.abs(-result.elbo - expected) <= (transforms ? APART.likelihood : APART.other) * Math.abs(expected);
    const { diagonal } = found;
    const gain = GAINS[name];
    report.add({
      run: `MNIST: ${what}`,
      seed: 1,
      quantity: `(${result.reconstruction.toFixed(1)}, ${result.kl.toFixed(1)}) test −ELBO`,
      result: -result.elbo,
      reference: `${expected} (${reconstruction}, ${kl})`,
      ok: isNear && (gain === undefined || !diagonal || result.elbo - diagonal.elbo >= gain),
      seconds: since(started),
    });
  }
}
