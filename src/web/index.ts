/**
 * What only a browser can do: training in a worker, pictures on a canvas.
 *
 * @module tfjs-vae/web
 */
export type { ResumedRun, SavedCheckpoint, TrainingLogs, TrainingPicture } from './messages';
export { drawPicture, type Picture, toPicture } from './picture';
export type { PicturesOptions } from './send-pictures';
export { serveTraining, type TrainingJob } from './serve-training';
export { type TrainInWorkerOptions, trainInWorker, type WorkerRun } from './train-in-worker';
export type { WorkerLimits } from './watch-worker';
