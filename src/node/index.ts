/**
 * What only Node can do: files, pictures, plots, a progress bar.
 *
 * @module tfjs-vae/node
 */
export { appendTo } from './append-to';
export { file } from './file';
export { fileBytes } from './file-bytes';
export { fileCache } from './file-cache';
export { folderStore } from './folder-store';
export {
  type ProgressBar,
  type ProgressBarOptions,
  type ProgressParams,
  type ProgressStream,
  progressBar,
} from './progress-bar';
export {
  type IdxFolder,
  type IdxFolderOptions,
  type IdxFolderWith,
  type ImagesWith,
  readIdxFolder,
} from './read-idx-folder';
export {
  type IdxReaderOptions,
  idxReader,
  type RawReaderOptions,
  rawReader,
  type SafetensorsReaderOptions,
  safetensorsReader,
} from './readers';
export { type CurvesHistory, type SaveCurvesOptions, saveCurves } from './save-curves';
export { type SavePngOptions, savePng } from './save-png';
export { type ScatterData, saveScatter } from './save-scatter';
export { torchGroup } from './torch-group';
