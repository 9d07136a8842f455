import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { craftedFiles } from '../../scripts/fuzz/model-crafted';
import { goldenFiles } from '../../scripts/fuzz/model-files';
import { modelTarget } from '../../scripts/fuzz/model-target';
import { attempt } from '../../scripts/fuzz/run';
import { toCamelCase } from '../../src/io/to-camel-case';

const files = Object.entries(craftedFiles(goldenFiles()[0]!));

// Each of these hung, took minutes or GiB, or was refused only after it had been built. The limits are those of the
// fuzzer: 2 seconds, 64 MiB and four times the size of the file.
test.each(files)('%s: refused quickly, in little memory, and nothing is left', async (_name, bytes) => {
  const variables = Object.keys(tf.engine().registeredVariables);
  const tensors = tf.memory().numTensors;
  const { failure, refused } = await attempt(modelTarget, bytes, modelTarget.limits!);
  expect(failure).toBeUndefined();
  expect(refused).toBe(true);
  expect(Object.keys(tf.engine().registeredVariables)).toEqual(variables);
  expect(tf.memory().numTensors).toBe(tensors);
});

test('keys are converted as tfjs converts them', async () => {
  // tfjs hands the converted configuration to the class, so a class can tell what became of it.
  let converted: unknown;
  class Listener extends tf.layers.Layer {
    static readonly className = 'TestConfigListener';
    static override fromConfig<T extends tf.serialization.Serializable>(
      cls: tf.serialization.SerializableConstructor<T>,
      config: tf.serialization.ConfigDict,
    ): T {
      converted = { ...config, customObjects: undefined };
      return new cls({ name: config['name'] } as never);
    }
  }
  tf.serialization.registerClass(Listener);
  const config = {
    name: 'a_b',
    kernel_size: ['one_two', ['_x', 'a__', 'a___-', '']],
    inbound_nodes: [[['layer_a', 'b_c', { input_layers: ['d_e', 'f_g'] }]]],
    class__name: '_some_Thing',
    proto__: { __proto__x: 1, a_: null, b_1: true },
  };
  const topology = { class_name: 'TestConfigListener', config };
  await tf.models.modelFromJSON({ modelTopology: topology } as never);
  const expected = (toCamelCase(topology) as { config: object }).config;
  expect({ ...(converted as object) }).toEqual({ ...expected, customObjects: undefined });
  expect(toCamelCase(toCamelCase(topology))).toEqual(toCamelCase(topology));
});
