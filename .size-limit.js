import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

// What importing a name adds to a bundle that has tfjs already. Apart is what is loaded by `import()` when it is first
// needed: kernels when their backend is prepared, what trains when `fit` is called, what only some runs ask for.
const loadedLater = (now = []) => ({
  name: 'loaded-later',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' && !now.some(name => path.endsWith(`/${name}.js`))
        ? { path, external: true }
        : undefined,
    );
  },
});

const bundled = (now, plugins = []) => ({
  path: 'dist/index.js',
  gzip: true,
  modifyEsbuildConfig: config => ({
    ...config,
    format: 'esm',
    external: ['@tensorflow/tfjs'],
    plugins: [...(config.plugins ?? []), loadedLater(now), ...plugins],
    logLevel: 'error',
  }),
});
const shared = bundled();

// Without files, callbacks and data larger than memory.
const building =
  `Adam, AdamW, Bernoulli, BernoulliDecoder, Dropout, GaussianDecoder, GaussianEncoder, GaussianHead, KlDivergenceLayer, Normal, ReparamSampler, Rng, StandardNormal, Vae, VaeTrainer, addNoise, browserCache, constantSchedule, convVae, cosineSchedule, cyclicalSchedule, dequantisation, drawSeed, dynamicBinarisation, effectiveSampleSize, elboLoss, elboObjective, elboPerExample, expm1MinusX, fashionMnist, fillMissing, freeBitsKl, interpolate, iwaeBound, iwaeLoss, iwaeObjective, klDivergence, klStandardNormal, latentGrid, linearSchedule, logSumExp, mlpVae, mnist, negativeLogLikelihood, normalQuantile, oneHot, parseIdx, piecewiseSchedule, prepareBackend, readIdx, reconstructionLoss, reduceMean, registerLayers, sigmoidSchedule, softClip, splitDataset, sprites, stopGradient, tidy, tileImages, toTensor, toTfOptimizer, traverse`.split(
    ', ',
  );

/** The files of dist that a bundle of some names consists of. */
async function filesOf(names) {
  const { metafile } = await build({
    stdin: { contents: `export { ${names} } from './dist/index.js';`, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    external: ['@tensorflow/tfjs'],
    plugins: [loadedLater()],
    logLevel: 'error',
  });
  const [{ inputs }] = Object.values(metafile.outputs);
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

// A member of the catalogue is counted beyond what every VAE with a Gaussian latent variable has.
const present = (await filesOf('Vae, GaussianEncoder, Normal')).filter(path => path !== 'dist/index.js');
const beyond = {
  name: 'beyond',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, importer }) => {
      const file = new URL(path, `file://${importer}`).pathname;
      return present.some(one => file.endsWith(`/${one}`)) ? { path: file, external: true } : undefined;
    });
  },
};
const index = readFileSync(new URL('src/index.ts', import.meta.url), 'utf8');
const members = [...index.matchAll(/export \{([^}]*)\} from '\.\/(?:distributions|families|flows|models\/\w+-prior)/g)]
  .flatMap(([, names]) => names.split(',').map(name => name.trim()))
  .filter(name => name && !name.startsWith('type ') && name !== 'tableColumns');

/** A family brings its distribution. */
const limitOf = name => (name.endsWith('Family') ? '4.7 kB' : '4 kB');

export default [
  { ...shared, name: 'elboLoss', import: '{ elboLoss }', limit: '2.2 kB' },
  { ...shared, name: 'Vae and VaeTrainer', import: '{ Vae, VaeTrainer }', limit: '12.5 kB' },
  {
    ...bundled(['run-fit', 'evaluate', 'open-data']),
    name: 'Vae and VaeTrainer, with what fit and evaluate load',
    import: '{ Vae, VaeTrainer }',
    limit: '18.5 kB',
  },
  { ...shared, name: 'all to build and train models', import: `{ ${building.join(', ')} }`, limit: '35 kB' },
  ...members.map(name => ({ ...bundled([], [beyond]), name, import: `{ ${name} }`, limit: limitOf(name) })),
  // It chooses among the families of five kinds, and brings them.
  { ...bundled([], [beyond]), name: 'tableColumns', import: '{ tableColumns }', limit: '9 kB' },
  { ...shared, name: 'everything', import: '*', limit: '100 kB' },
];
