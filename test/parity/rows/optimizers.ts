import * as tf from '@tensorflow/tfjs';
import { Adam, AdamW, accumulateGradients, type Optimizer, perPart, toTfOptimizer } from 'tfjs-vae';
import { noise, type ParityRow } from '../row';

/** How far four steps of an optimizer move a variable, with gradients from 1e-6 to 1. */
function moves(step: (variable: tf.Variable, gradient: tf.Tensor, step: number) => void): tf.Tensor {
  const start = noise([150], 'weights');
  const variable = tf.variable(start, true);
  const sizes = tf.pow(tf.scalar(10), tf.linspace(-6, 0, 150));
  for (let i = 0; i < 4; i++) step(variable, tf.mul(sizes, noise([150], `gradient ${i}`)), i);
  const moved = tf.sub(variable, start);
  variable.dispose();
  return moved;
}

function optimizerRow(name: string, make: () => Optimizer): ParityRow {
  return {
    name: `${name}, four steps`,
    of: [name, 'toTfOptimizer'],
    run() {
      const ours = make();
      const moved = moves((variable, gradient, step) => {
        ours.apply([{ path: 'dense/kernel', variable, gradient }], { step, finite: tf.scalar(1) });
      });
      ours.dispose();
      const theirs = toTfOptimizer(make());
      const same = moves((variable, gradient) => {
        theirs.applyGradients([{ name: variable.name, tensor: gradient }]);
      });
      theirs.dispose();
      return [moved, same];
    },
    // The move of 0.04 is the difference of two numbers near 3, each rounded to 2⁻²³ of itself.
    tolerance: 3e-5,
  };
}

export const optimizerRows: readonly ParityRow[] = [
  optimizerRow('Adam', () => new Adam({ learningRate: 0.01 })),
  optimizerRow('AdamW', () => new AdamW({ learningRate: 0.01, weightDecay: 0.1 })),
  optimizerRow('accumulateGradients', () => accumulateGradients(new Adam({ learningRate: 0.02 }), { steps: 2 })),
  optimizerRow('perPart', () => perPart([{ part: () => true, optimizer: new Adam({ learningRate: 0.01 }) }])),
];
