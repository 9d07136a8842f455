import { expect, test } from 'vitest';
import { longFiles } from '../../scripts/rooms/long-files';
import { wrongImports } from '../../scripts/rooms/wrong-imports';

test('imports from rooms before its own, from its own and from packages are right', () => {
  const files = {
    'ops/check.ts': "import * as tf from '@tensorflow/tfjs';\nimport { fits } from './shape';",
    'models/vae.ts': "import { tidy } from '../ops/tidy';\nconst later = () => import('../data/source');",
    'training/callbacks/ema.ts':
      "import { weightMean } from '../weight-mean';\nimport { Vae } from '../../models/vae';",
    'index.ts': "export { tidy } from './ops/tidy';\nexport { VaeTrainer } from './training/trainer';",
    'web/index.ts': "export { pageShare } from './page-share';\nimport '../training/trainer';",
  };
  expect(wrongImports(files)).toEqual([]);
});

test.each([
  ["import { Vae } from '../models/vae';", 'models/vae'],
  ["import type { Vae } from '../models/vae';", 'models/vae'],
  ["export { Vae } from '../models/vae';", 'models/vae'],
  ["const later = async () => (await import('../models/vae')).Vae;", 'models/vae'],
  ["import '../training/callbacks/ema';", 'training/callbacks/ema'],
])('an import from a later room is named: %s', (text, target) => {
  const [room] = target.split('/');
  expect(wrongImports({ 'data/batch.ts': text })).toEqual([
    `data/batch.ts imports ${target}: '${room}' stands after 'data' in the order of the rooms`,
  ]);
});

test('what users import is imported by no room, and not by another entry', () => {
  const files = {
    'training/trainer.ts': "import { Vae } from '../index';",
    'datasets/mnist.ts': "import { fileCache } from '../node/file-cache';",
    'web/index.ts': "import { file } from '../node/file';",
  };
  expect(wrongImports(files)).toEqual([
    "training/trainer.ts imports index: no room imports from 'index.ts', which users import",
    "datasets/mnist.ts imports node/file-cache: no room imports from 'node', which users import",
    "web/index.ts imports node/file: no room imports from 'node', which users import",
  ]);
});

test('a folder that is not in the list is named', () => {
  expect(wrongImports({ 'attic/box.ts': '' })).toEqual([
    "attic/box.ts: 'attic' is not a room; add it to the list in scripts/rooms/wrong-imports.ts, in its place",
  ]);
});

test('a file of more than 250 lines is named', () => {
  const files = {
    'ops/short.ts': 'a;\n'.repeat(250),
    'ops/long.ts': 'a;\n'.repeat(251),
    'ops/cut.ts': `${'a;\n'.repeat(250)}a;`,
  };
  expect(longFiles(files)).toEqual([
    'ops/long.ts has 251 lines, 250 are the most: split it by concept',
    'ops/cut.ts has 251 lines, 250 are the most: split it by concept',
  ]);
});
