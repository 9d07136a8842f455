import * as tf from '@tensorflow/tfjs';
import { ema, type TrainerHandle } from 'tfjs-vae';
import { noise, type ParityRow } from '../row';

export const callbackRows: readonly ParityRow[] = [
  {
    name: 'ema, five steps',
    of: ['ema'],
    run() {
      const w = tf.variable(noise([150], 'weights'));
      const average = ema({ decay: 0.7 });
      const model = { variables: () => ({ w }), trainableVariables: () => [w] };
      average.setTrainer!({ model } as unknown as TrainerHandle);
      average.onTrainBegin!();
      for (let i = 0; i < 5; i++) {
        w.assign(noise([150], `weights ${i}`));
        average.onStep!();
      }
      average.apply();
      const averaged = tf.clone(w);
      average.dispose();
      w.dispose();
      return [averaged];
    },
  },
];
