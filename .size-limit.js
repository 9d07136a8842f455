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

const bundled = now => ({
  path: 'dist/index.js',
  gzip: true,
  modifyEsbuildConfig: config => ({
    ...config,
    format: 'esm',
    external: ['@tensorflow/tfjs'],
    plugins: [...(config.plugins ?? []), loadedLater(now)],
    logLevel: 'error',
  }),
});
const shared = bundled();

// Without files, callbacks and data larger than memory.
const building =
  `Adam, AdamW, Bernoulli, BernoulliDecoder, Dropout, GaussianDecoder, GaussianEncoder, GaussianHead, KlDivergenceLayer, Normal, ReparamSampler, Rng, StandardNormal, Vae, VaeTrainer, addNoise, browserCache, constantSchedule, convVae, cosineSchedule, cyclicalSchedule, dequantisation, drawSeed, dynamicBinarisation, effectiveSampleSize, elboLoss, elboObjective, elboPerExample, expm1MinusX, fashionMnist, fillMissing, freeBitsKl, interpolate, iwaeBound, iwaeLoss, iwaeObjective, klDivergence, klStandardNormal, latentGrid, linearSchedule, logSumExp, mlpVae, mnist, negativeLogLikelihood, normalQuantile, oneHot, parseIdx, piecewiseSchedule, prepareBackend, readIdx, reconstructionLoss, reduceMean, registerLayers, sigmoidSchedule, softClip, splitDataset, sprites, stopGradient, tidy, tileImages, toTensor, toTfOptimizer, traverse`.split(
    ', ',
  );

export default [
  { ...shared, name: 'elboLoss', import: '{ elboLoss }', limit: '2 kB' },
  { ...shared, name: 'Vae and VaeTrainer', import: '{ Vae, VaeTrainer }', limit: '12.5 kB' },
  {
    ...bundled(['run-fit', 'evaluate', 'open-data']),
    name: 'Vae and VaeTrainer, with what fit and evaluate load',
    import: '{ Vae, VaeTrainer }',
    limit: '17.5 kB',
  },
  { ...shared, name: 'all to build and train models', import: `{ ${building.join(', ')} }`, limit: '33 kB' },
  { ...shared, name: 'everything', import: '*', limit: '65 kB' },
];
