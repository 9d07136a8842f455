import * as tf from '@tensorflow/tfjs';
import { prefixed } from '../variables/variables';
import { asModule, type Module } from './network';

/**
 * A network and the head behind it. They are run one after the other, since a functional model of tfjs would run a
 * layer of several outputs once for each.
 */
export function withHead(owner: string, body: Module, head: tf.layers.Layer): Module {
  const features = tf.input({ shape: [...body.outputShapes[0]!] });
  const outputs = head.apply(features) as tf.SymbolicTensor | tf.SymbolicTensor[];
  const tail = asModule(owner, tf.model({ inputs: features, outputs }));
  return {
    inputShapes: body.inputShapes,
    outputShapes: tail.outputShapes,
    run: (inputs, call) => tf.tidy(() => [head.apply(body.run(inputs, call)[0]!)].flat() as tf.Tensor[]),
    variables: () => ({ ...body.variables(), ...prefixed('head', tail.variables()) }),
    trainableVariables: () => [...body.trainableVariables(), ...tail.trainableVariables()],
    dispose() {
      body.dispose();
      tail.dispose();
    },
  };
}
