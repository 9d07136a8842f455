import { describe, expect, test } from 'vitest';
import { freeze } from '../../src/models/freeze';
import { mlpVae } from '../../src/models/mlp-vae';
import type { VaeModel } from '../../src/models/model';
import { VaeTrainer } from '../../src/training/trainer';
import type { VariableFilter } from '../../src/variables/variable-filter';
import { pixelTensor, weightsOf } from '../support/networks';

const model = () => mlpVae({ inputShape: [6], latentDim: 2, hidden: [5], seed: 1 });

/** Paths whose values a step of training changes. */
async function moved(vae: VaeModel, trainer: VaeTrainer): Promise<string[]> {
  const before = weightsOf(vae);
  const x = pixelTensor(12, 6);
  await trainer.fit(x, { epochs: 1, batchSize: 6 });
  x.dispose();
  const after = weightsOf(vae);
  return Object.keys(after).filter(path => after[path]!.join() !== before[path]!.join());
}

describe('freeze', () => {
  test.each([
    ['a place', 'encoder', (path: string) => path.startsWith('encoder/')],
    ['a place with a slash', 'encoder/', (path: string) => path.startsWith('encoder/')],
    ['one variable', 'decoder/0/kernel', (path: string) => path === 'decoder/0/kernel'],
    ['a pattern that remembers', /^encoder/g, (path: string) => path.startsWith('encoder/')],
    ['a function', (path: string) => path.includes('/0/'), (path: string) => path.includes('/0/')],
  ] as [string, VariableFilter, (path: string) => boolean][])(
    '%s stays where it is until it is thawed',
    async (_, part, inside) => {
      const vae = model();
      const trainer = new VaeTrainer({ model: vae, seed: 3 });
      const all = Object.keys(vae.variables());
      expect(all.some(inside)).toBe(true);
      const thaw = freeze(vae, part);
      expect(await moved(vae, trainer)).toEqual(all.filter(path => !inside(path)));
      thaw();
      thaw();
      expect(await moved(vae, trainer)).toEqual(all);
      trainer.dispose();
      vae.dispose();
    },
  );

  test('thaws what it froze, and nothing else', () => {
    const vae = model();
    const kernel = vae.variables()['encoder/0/kernel']!;
    const thawKernel = freeze(vae, 'encoder/0/kernel');
    const thawEncoder = freeze(vae, 'encoder');
    thawEncoder();
    expect(kernel.trainable).toBe(false);
    expect(vae.variables()['encoder/0/bias']!.trainable).toBe(true);
    thawKernel();
    expect(kernel.trainable).toBe(true);
    vae.dispose();
  });

  test('a name is not the beginning of another name', () => {
    const vae = model();
    expect(() => freeze(vae, 'enc')).toThrow(
      "freeze: nothing that is trained lies in 'enc'; trained: encoder/0/kernel, encoder/0/bias",
    );
    freeze(vae, 'encoder');
    expect(() => freeze(vae, 'encoder')).toThrow("freeze: nothing that is trained lies in 'encoder'");
    expect(() => freeze(vae, '')).toThrow("freeze: part must be a path such as 'encoder/', a RegExp or a function");
    vae.dispose();
  });

  test('a model that trains what is frozen is refused, and left as it was', () => {
    const vae = model();
    const all = Object.values(vae.variables());
    const stubborn: VaeModel = {
      pass: (batch, context) => vae.pass(batch, context),
      variables: () => vae.variables(),
      trainableVariables: () => all,
    };
    expect(() => freeze(stubborn, 'decoder')).toThrow(
      'freeze: trainableVariables() of the model must leave out variables whose trainable is false',
    );
    expect(all.every(v => v.trainable)).toBe(true);
    vae.dispose();
  });
});
