import { init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Rng } from 'tfjs-vae';

type Tree = Record<string, np.Array>;

const SHAPES: Record<string, number[]> = {
  encoder: [784, 400],
  encoderBias: [400],
  mean: [400, 20],
  meanBias: [20],
  logVar: [400, 20],
  logVarBias: [20],
  decoder: [20, 400],
  decoderBias: [400],
  output: [400, 784],
  outputBias: [784],
};

/** The MLP step of the benchmark in jax-js, forward, backward and Adam in one jitted function, on its wasm device. */
export async function jaxMlp(pixels: Float32Array, batch: number): Promise<(epochs: number) => Promise<void>> {
  await init('wasm');
  const rng = new Rng(1);
  const draw = (shape: number[], scale: number) => {
    const t = rng.uniform(shape);
    const values = (t.dataSync() as Float32Array).map(u => (2 * u - 1) * scale);
    t.dispose();
    return np.array(values).reshape(shape);
  };
  const tree = (make: (shape: number[]) => np.Array): Tree =>
    Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, make(shape)]));

  const update = jit((params: Tree, m: Tree, v: Tree, scales: np.Array[], x: np.Array, epsilon: np.Array) => {
    const again = Object.fromEntries(Object.entries(params).map(([name, p]) => [name, p.ref]));
    const [value, gradients] = valueAndGrad(loss)(again, x, epsilon);
    const [stepSize, scale2] = scales as [np.Array, np.Array];
    const [newParams, newM, newV]: Tree[] = [{}, {}, {}];
    for (const name of Object.keys(params)) {
      const g = gradients[name]!;
      const mNew = m[name]!.mul(0.9).add(g.ref.mul(0.1));
      const vNew = v[name]!.mul(0.999).add(np.square(g).mul(0.001));
      newM![name] = mNew.ref;
      newV![name] = vNew.ref;
      const denominator = np.sqrt(vNew.mul(scale2.ref)).add(1e-7);
      newParams![name] = params[name]!.sub(mNew.mul(stepSize.ref).div(denominator));
    }
    stepSize.dispose();
    scale2.dispose();
    return [value, newParams!, newM!, newV!] as [np.Array, Tree, Tree, Tree];
  });

  const size = batch * 784;
  const batches = Array.from({ length: pixels.length / size }, (_, i) =>
    np.array(pixels.slice(i * size, (i + 1) * size)).reshape([batch, 784]),
  );
  let params = tree(shape =>
    shape.length === 2 ? draw(shape, Math.sqrt(6 / (shape[0]! + shape[1]!))) : np.zeros(shape),
  );
  let [m, v] = [tree(shape => np.zeros(shape)), tree(shape => np.zeros(shape))];
  let count = 0;
  return async epochs => {
    const steps = epochs * batches.length;
    for (let i = 0; i < steps; i++) {
      count++;
      const scales = [np.array([1e-3 / (1 - 0.9 ** count)]), np.array([1 / (1 - 0.999 ** count)])];
      const x = batches[i % batches.length]!.ref;
      let value: np.Array;
      [value, params, m, v] = update(params, m, v, scales, x, draw([batch, 20], 1));
      if (i === steps - 1) await value.data();
      else value.dispose();
    }
  };
}

function loss(p: Tree, x: np.Array, epsilon: np.Array): np.Array {
  const layer = (h: np.Array, name: string) => np.matmul(h, p[name]!).add(p[`${name}Bias`]!);
  const hidden = nn.relu(layer(x.ref, 'encoder'));
  const mean = layer(hidden.ref, 'mean');
  const logVar = layer(hidden, 'logVar');
  const z = mean.ref.add(np.exp(logVar.ref.mul(0.5)).mul(epsilon));
  const logits = layer(nn.relu(layer(z, 'decoder')), 'output');
  const nll = nn.softplus(logits.ref).sub(logits.mul(x)).sum(1);
  const kl = np.square(mean).add(np.exp(logVar.ref)).sub(logVar).sub(1).sum(1).mul(0.5);
  return nll.add(kl).mean();
}
