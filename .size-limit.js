// What importing a name adds to a bundle that has tfjs already. Kernels load when their backend is prepared.
const shared = {
  path: 'dist/index.js',
  gzip: true,
  modifyEsbuildConfig: config => ({
    ...config,
    format: 'esm',
    external: ['@tensorflow/tfjs', '*/apply.js'],
    logLevel: 'error',
  }),
};

export default [
  { ...shared, name: 'elboLoss', import: '{ elboLoss }', limit: '2 kB' },
  { ...shared, name: 'Vae and VaeTrainer', import: '{ Vae, VaeTrainer }', limit: '12 kB' },
  { ...shared, name: 'everything', import: '*', limit: '30 kB' },
];
