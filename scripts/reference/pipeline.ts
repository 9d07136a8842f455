// The whole pipeline on MNIST and on a linear model whose log p(x) is known, and two backends beside each other.
import { VaeTrainer } from 'tfjs-vae';
import { readIdxFolder } from 'tfjs-vae/node';
import { agreement } from './agreement';
import { linearVae } from './linear';
import { type Flags, type Report, since } from './report';
import { referenceRuns } from './runs';

export async function pipeline(report: Report, flags: Flags): Promise<void> {
  const wants = (name: string) => !flags.only || flags.only.split(',').includes(name);
  const { train, test } = await readIdxFolder(flags.data);
  if (!test) throw new Error(`${flags.data} has no test images`);
  for (const run of referenceRuns.filter(({ name }) => wants(name))) {
    for (const seed of run.seeds) {
      const started = performance.now();
      const model = run.model(seed);
      const trainer = new VaeTrainer({ model, objective: run.objective(), learningRate: 1e-3, seed });
      await trainer.fit(train.images, { epochs: Number(flags.epochs), batchSize: 128 });
      const result = run.measure(await trainer.evaluate(test.images, { batchSize: 500 }));
      trainer.dispose();
      model.dispose?.();
      const [low, high] = run.expected;
      report.add({
        run: run.what,
        seed,
        quantity: run.quantity,
        result,
        reference: `${low} to ${high}`,
        ok: result >= low && result <= high,
        seconds: since(started),
      });
    }
  }
  for (const latentDim of [2, 20]) {
    if (!wants(`linear${latentDim}`)) continue;
    const started = performance.now();
    const { exact, elbo, error } = await linearVae(
      train.images,
      test.images,
      latentDim,
      1,
      Number(flags['linear-epochs']),
    );
    const ok = elbo >= exact - 1 && elbo <= exact + 3 * error;
    report.add({
      run: `linear VAE, ${latentDim} latent dimensions`,
      seed: 1,
      quantity: `test ELBO ± ${error.toFixed(3)}`,
      result: elbo,
      reference: `exact ${exact.toFixed(3)}`,
      ok,
      seconds: since(started),
    });
  }

  if (wants('agreement')) {
    const started = performance.now();
    const { steps, epoch } = await agreement(train.images, ['cpu', 'wasm']);
    const common = { run: 'cpu against wasm, one seed', seed: 1 };
    report.add({
      ...common,
      quantity: 'first 20 losses apart',
      result: steps,
      reference: 'at most 1e-4',
      ok: steps <= 1e-4,
      seconds: 0,
    });
    report.add({
      ...common,
      quantity: 'first epoch apart',
      result: epoch,
      reference: 'at most 3e-3',
      ok: epoch <= 3e-3,
      seconds: since(started),
    });
  }
}
