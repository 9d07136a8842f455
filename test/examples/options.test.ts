import { describe, expect, test } from 'vitest';
import { checkOptions, flags, settingsFor } from '../../examples/quick-start/options';
import { describeFlags, InputError, readFlags } from '../../examples/support/flags';

const read = (...args: string[]) => readFlags(flags, args);

describe('the flags of the demo', () => {
  test('have defaults', () => {
    expect(read()).toEqual({
      data: undefined,
      dataset: undefined,
      count: undefined,
      epochs: undefined,
      latentDim: 10,
      beta: 1,
      model: 'mlp',
      backend: 'wasm',
      seed: 1,
      out: 'out',
    });
  });

  test('are read with a space or an equals sign, and the last one counts', () => {
    const options = read('--latent-dim', '2', '--beta=0.5', '--model', 'conv', '--seed', '0', '--seed=7', '--out=a b');
    expect(options).toMatchObject({ latentDim: 2, beta: 0.5, model: 'conv', seed: 7, out: 'a b' });
  });

  test.each([
    [['--foo'], 'unknown flag --foo; see --help'],
    [['-x'], 'unknown flag -x; see --help'],
    [['--latentDim', '2'], 'unknown flag --latentDim; see --help'],
    [['stray'], 'unexpected "stray"; see --help'],
    [['--epochs'], '--epochs needs a value; see --help'],
    [['--epochs', '0'], '--epochs must be a whole number of 1 or more, got "0"'],
    [['--epochs', '2.5'], '--epochs must be a whole number of 1 or more, got "2.5"'],
    [['--epochs='], '--epochs must be a whole number of 1 or more, got ""'],
    [['--epochs', 'many'], '--epochs must be a whole number of 1 or more, got "many"'],
    [['--latent-dim', '1'], '--latent-dim must be a whole number of 2 or more, got "1"'],
    [['--seed', '-1'], '--seed must be a whole number of 0 or more, got "-1"'],
    [['--beta', '-1'], '--beta must be a number of 0 or more, got "-1"'],
    [['--beta', 'Infinity'], '--beta must be a number of 0 or more, got "Infinity"'],
    [['--beta', '--epochs'], '--beta must be a number of 0 or more, got "--epochs"'],
    [['--model', 'MLP'], '--model must be one of mlp, conv, got "MLP"'],
    [['--backend', 'gpu'], '--backend must be one of wasm, cpu, tensorflow, got "gpu"'],
    [['--dataset', 'cifar'], '--dataset must be one of sprites, mnist, fashion-mnist, got "cifar"'],
    [['--out='], '--out must be a path, got an empty text'],
  ])('%j is refused in one line', (args, message) => {
    expect(() => read(...args)).toThrow(new InputError(message));
    expect(() => read(...args)).toThrow(InputError);
  });

  test('do not take --data and --dataset together', () => {
    expect(() => checkOptions(read('--data', 'x', '--dataset', 'mnist'))).toThrow(
      '--data and --dataset exclude each other; give one of them',
    );
    expect(() => checkOptions(read('--data', 'x'))).not.toThrow();
  });

  test('are each explained in one line of the help, with the default', () => {
    const lines = describeFlags(flags).split('\n');
    expect(lines).toHaveLength(Object.keys(flags).length);
    expect(lines.find(line => line.includes('--latent-dim N'))).toContain('(10)');
    expect(lines.every(line => line.length <= 120)).toBe(true);
  });
});

describe('settingsFor', () => {
  test('trains sprites and files for about as many images where nobody says how often', () => {
    expect(settingsFor(read(), { name: 'sprites', count: 6000 }).epochs).toBe(60);
    expect(settingsFor(read(), { name: 'mnist', count: 60_000 }).epochs).toBe(6);
    expect(settingsFor(read('--model', 'conv'), { name: 'mnist', count: 60_000 }).epochs).toBe(1);
    expect(settingsFor(read('--epochs', '7'), { name: 'mnist', count: 60_000 }).epochs).toBe(7);
  });

  test('ends the step size of sprites with the last step', () => {
    const { learningRate } = settingsFor(read('--epochs', '2'), { name: 'sprites', count: 100 });
    const at = learningRate as (step: number) => number;
    expect(at(0)).toBe(3e-3);
    expect(at(3)).toBeGreaterThan(3e-4);
    expect(at(4)).toBe(3e-4);
  });

  test('trains files as the reference runs do', () => {
    expect(settingsFor(read(), { name: 'mnist', count: 60_000 })).toMatchObject({ batchSize: 128, learningRate: 1e-3 });
  });
});
