import { expect, test } from 'vitest';
import { checkKeys } from '../../src/ops/check-keys';

type Options = { learningRate?: number; batchSize?: number; beta?: number };
const known = ['learningRate', 'batchSize', 'beta'] as const;
const check = (options: object) => () =>
  checkKeys('fit', options as Options, known, { verbose: 'callbacks: progressBar() of tfjs-vae/node' });

test('known keys pass, also where they are undefined', () => {
  expect(check({ learningRate: 1, beta: undefined })).not.toThrow();
  expect(check({})).not.toThrow();
});

test.each([
  ['bta', 'fit: unknown option bta; write beta'],
  ['Beta', 'fit: unknown option Beta; write beta'],
  ['batch_size', 'fit: unknown option batch_size; write batchSize'],
  ['learningrate', 'fit: unknown option learningrate; write learningRate'],
  ['verbose', 'fit: unknown option verbose; write callbacks: progressBar() of tfjs-vae/node'],
  ['momentum', 'fit: unknown option momentum; it takes learningRate, batchSize, beta'],
  ['mu', 'fit: unknown option mu; it takes learningRate, batchSize, beta'],
  ['__proto__x', 'fit: unknown option __proto__x; it takes learningRate, batchSize, beta'],
])('%s is answered by name', (key, message) => {
  expect(check({ [key]: 1 })).toThrow(new Error(message));
});

test.each([
  [5, '5'],
  ['adam', 'adam'],
  [null, 'null'],
  [[], 'an array'],
  [undefined, 'undefined'],
])('%s is not an object of options', (value, told) => {
  expect(check(value as object)).toThrow(`fit: options must be an object, got ${told}`);
});
