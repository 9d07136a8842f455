import type * as tf from '@tensorflow/tfjs';
import type { TileOptions } from '../latent/tile-images';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import type { TrainerCallback, TrainerHandle } from '../training/callbacks';
import type { TrainingPicture } from './messages';
import { toPicture } from './picture';

/** Pictures that a worker sends while it trains. */
export type PicturesOptions = TileOptions & {
  /** What to show: `[n, height, width, channels]` in [0, 1], `vae.sample(16, { seed: 1 })` for example. Disposed of. */
  images: () => tf.Tensor;
  /** How often: at multiples of these. By default, after each epoch. */
  every?: {
    /** Optimizer steps. */
    steps?: number;
    /** Epochs. */
    epochs?: number;
  };
};

const KEYS = ['images', 'every', 'columns', 'padding', 'background'] as const;

/**
 * @throws When an option is unknown or missing, or a count is not a positive integer.
 */
export function sendPictures(options: PicturesOptions, send: (picture: TrainingPicture) => void): TrainerCallback {
  checkKeys('serveTraining: pictures', options, KEYS, {}, ['images']);
  checkKeys('serveTraining: pictures.every', options.every ?? {}, ['steps', 'epochs']);
  const { images, every = { epochs: 1 }, ...tiles } = options;
  for (const [name, value] of Object.entries(every)) {
    checkCount('serveTraining', `pictures.every.${name}`, value);
  }
  const isMultiple = (n: number, of = Infinity) => n % of === 0;
  let trainer: TrainerHandle | undefined;
  let epochs = 0;
  return {
    setTrainer(handle) {
      trainer = handle;
    },
    onEpochEnd(epoch: number) {
      epochs = epoch + 1;
    },
    wantsIdle(when) {
      if (when === 'stop') return false;
      return when === 'step' ? isMultiple(trainer!.steps, every.steps) : isMultiple(epochs, every.epochs);
    },
    async onIdle() {
      const { steps } = trainer!;
      const drawn = images();
      try {
        send({ ...(await toPicture(drawn, tiles)), steps });
      } finally {
        drawn.dispose();
      }
    },
  };
}
