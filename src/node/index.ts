/**
 * What only Node can do: files, pictures, plots, a progress bar.
 *
 * @module tfjs-vae/node
 */
export { fileCache } from './file-cache';
export {
  type ProgressBar,
  type ProgressBarOptions,
  type ProgressParams,
  type ProgressStream,
  progressBar,
} from './progress-bar';
export { type IdxFolder, readIdxFolder } from './read-idx-folder';
export { type CurvesHistory, type SaveCurvesOptions, saveCurves } from './save-curves';
export { type SavePngOptions, savePng } from './save-png';
export { type ScatterData, saveScatter } from './save-scatter';
