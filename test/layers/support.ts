import * as tf from '@tensorflow/tfjs';

/** The artifacts that `model.save` writes, as they would lie in a file: topology through JSON, weights as bytes. */
async function savedArtifacts(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async artifacts => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return { ...saved!, modelTopology: JSON.parse(JSON.stringify(saved!.modelTopology)) };
}

/** Saves and loads. */
export async function reload(model: tf.LayersModel): Promise<tf.LayersModel> {
  return tf.loadLayersModel(tf.io.fromMemory(await savedArtifacts(model)));
}

/** Central differences of a function of float64 numbers. */
export function finiteDifferences(f: (x: number[]) => number, x: readonly number[], h = 1e-5): number[] {
  return x.map((_, i) => {
    const at = (d: number) => f(x.map((v, j) => (j === i ? v + d : v)));
    return (at(h) - at(-h)) / (2 * h);
  });
}

/** Largest difference between two lists, relative to max(1, |expected|). */
export function distance(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`);
  return Math.max(...actual.map((a, i) => Math.abs(a - expected[i]!) / Math.max(1, Math.abs(expected[i]!))));
}

/** ½ Σ (μ² + e^lv − 1 − lv) in float64, averaged over `batch` rows. */
export function analyticKl(mean: readonly number[], logVar: readonly number[], batch: number): number {
  const terms = mean.map((m, i) => 0.5 * (m * m + Math.expm1(logVar[i]!) - logVar[i]!));
  return terms.reduce((a, b) => a + b, 0) / batch;
}
