import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { type History, latentGrid, type Normal, oneHot, tileImages, toTensor, traverse, type Vae } from 'tfjs-vae';
import { type ScatterData, saveCurves, savePng, saveScatter } from 'tfjs-vae/node';
import type { ExampleData } from '../support/images';
import type { LatentView } from './measure';

export type Results = {
  out: string;
  vae: Vae<Normal>;
  data: ExampleData;
  view: LatentView;
  history: History;
  seed: number;
};

/** A picture that was written, and what it shows. */
export type Picture = { file: string; shows: string };

/** Writes all pictures. */
export async function savePictures(results: Results): Promise<Picture[]> {
  const pictures = [await saveReconstructions(results), await saveSamples(results), await saveGrid(results)];
  if (results.vae.latentDim > 2) pictures.push(await saveTraversal(results));
  pictures.push(await saveLatentScatter(results));
  // An interrupted first epoch leaves nothing to plot.
  if (results.history.epoch.length > 0) pictures.push(await saveTrainingCurves(results));
  return pictures;
}

const SHEET = { padding: 2, background: 0.35 };

async function saveReconstructions({ out, vae, data }: Results): Promise<Picture> {
  const file = 'reconstructions.png';
  await saveImage(join(out, file), () => {
    const { images } = data.test;
    const x = toTensor(images, { count: Math.min(48, images.shape[0]!) });
    const pairs = tf.concat([x, vae.reconstruct(x)], 1);
    return tileImages(pairs, { ...SHEET, columns: 16 });
  });
  return { file, shows: 'test images; below each, what its code becomes again' };
}

async function saveSamples({ out, vae, seed }: Results): Promise<Picture> {
  const file = 'samples.png';
  await saveImage(join(out, file), () => tileImages(vae.sample(100, { seed }), SHEET));
  return { file, shows: 'new images, decoded from codes drawn from the prior N(0, I)' };
}

/** The plane of two dimensions: all there is of two, of more the two that tell most, with the others at 0. */
async function saveGrid({ out, vae, view }: Results): Promise<Picture> {
  const file = 'latent-grid.png';
  const size = 15;
  const [across, up] = axes(view);
  await saveImage(join(out, file), () => {
    const place = toTensor(oneHot([across, up], vae.latentDim)) as tf.Tensor2D;
    const codes = tf.matMul(latentGrid({ latentDim: 2, size }), place);
    return tileImages(vae.decode(codes).mean(), { columns: size, padding: 0 });
  });
  const others = vae.latentDim > 2 ? ', all others 0' : '';
  return {
    file,
    shows: `z${across} to the right and z${up} upwards at quantiles of the prior${others}`,
  };
}

async function saveTraversal({ out, vae, view, data }: Results): Promise<Picture> {
  const file = 'latent-traversal.png';
  const steps = 13;
  const dim = view.order.slice(0, 8);
  await saveImage(join(out, file), () => {
    const start = vae.embed(toTensor(data.test.images, { count: 1 }));
    const codes = traverse(start, { dim, range: [-2.5, 2.5], steps });
    return tileImages(vae.decode(codes).mean(), { ...SHEET, columns: steps });
  });
  return { file, shows: `one test image, a row each moves ${dim.map(d => `z${d}`).join(', ')} from −2.5 to 2.5` };
}

async function saveLatentScatter({ out, data, view }: Results): Promise<Picture> {
  const file = 'latent-scatter.png';
  const [across, up] = axes(view);
  const points = view.codes.map(code => [code[across]!, code[up]!]);
  const colours = chooseColours(data, view, [across, up]);
  await saveScatter(join(out, file), {
    points,
    ...colours,
    title: `Test images in the latent space: ${data.name}`,
    xLabel: `z${across}`,
    yLabel: `z${up}`,
  });
  return { file, shows: `test images in the plane of z${across} and z${up}, coloured by ${colours.legend}` };
}

async function saveTrainingCurves({ out, history, data }: Results): Promise<Picture> {
  const file = 'curves.png';
  await saveCurves(join(out, file), history, { title: `Training on ${data.name}` });
  return { file, shows: 'loss, reconstruction and KL by epoch, in training and on the test images' };
}

function axes({ order }: LatentView): [number, number] {
  const [first, second] = order.length === 2 ? [0, 1] : order;
  return [first!, second!];
}

/**
 * Colours: the factor that the plane tells most about where factors are known, else labels, else the cost of each
 * image.
 */
function chooseColours({ test, factorNames, labelNames }: ExampleData, view: LatentView, plane: [number, number]) {
  const count = view.codes.length;
  if (test.factors && factorNames) {
    const columns = factorNames.map((name, f) => ({
      legend: name,
      values: view.codes.map((_, i) => test.factors!.values[i * factorNames.length + f]!),
    }));
    const tells = (values: number[]) =>
      Math.max(
        ...plane.map(d =>
          Math.abs(
            correlation(
              values,
              view.codes.map(code => code[d]!),
            ),
          ),
        ),
      );
    // The shape is a label: its number does not measure anything.
    const factors = columns.filter(({ legend }) => legend !== 'shape');
    return factors.reduce((best, factor) => (tells(factor.values) > tells(best.values) ? factor : best));
  }
  if (test.labels) {
    const names: Partial<ScatterData> = labelNames ? { names: labelNames } : { categorical: true };
    return { legend: 'label', values: Array.from(test.labels.subarray(0, count)), ...names };
  }
  return { legend: 'reconstruction', values: view.reconstruction, categorical: false };
}

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: number[], mx: number, y: number[], my: number) => mean(x.map((v, i) => (v - mx) * (y[i]! - my)));
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb) || 1);
}

async function saveImage(path: string, draw: () => tf.Tensor): Promise<void> {
  const image = tf.tidy(draw);
  await savePng(path, image, { scale: 2 });
  image.dispose();
}
