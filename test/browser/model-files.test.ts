import * as tf from '@tensorflow/tfjs';
import { BernoulliDecoder, GaussianEncoder, mlpVae, type Vae } from 'tfjs-vae';
import { afterEach, expect, test, vi } from 'vitest';
import { loadVae } from '../../src/io/load-vae';
import { saveVae } from '../../src/io/save-vae';
import { torchExampleNames } from '../../src/io/torch-names';
import { loadTorchWeights, saveTorchWeights } from '../../src/io/torch-weights';
import { loadWeights, saveWeights } from '../../src/io/weights';
import { describeBackends } from './backends';

const parts = [GaussianEncoder, BernoulliDecoder];
const small = (seed: number) => mlpVae({ inputShape: [8], latentDim: 2, hidden: [5], seed });

async function weightsOf(vae: Vae): Promise<Record<string, number[]>> {
  const entries = Object.entries(vae.variables()).map(async ([path, v]) => [path, Array.from(await v.data())] as const);
  return Object.fromEntries(await Promise.all(entries));
}

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

describeBackends('model files', () => {
  test.each(['indexeddb://my vae', 'localstorage://my vae'])('%s: saved, written over, loaded', async address => {
    const [first, second] = [small(1), small(2)];
    const start = tf.memory().numTensors;
    await saveVae(first, address);
    await saveVae(second, address);
    const again = await loadVae(address, { parts });
    expect(await weightsOf(again)).toEqual(await weightsOf(second));
    await saveWeights(first, address);
    await loadWeights(again, address);
    expect(await weightsOf(again)).toEqual(await weightsOf(first));
    again.dispose();
    expect(tf.memory().numTensors).toBe(start);
    await expect(loadVae(`${address} of another name`, { parts })).rejects.toThrow('there is no model of that name');
    first.dispose();
    second.dispose();
  });

  test('weights of PyTorch, from a file that a user picked', async () => {
    const [first, second] = [small(1), small(2)];
    const start = tf.memory().numTensors;
    const names = torchExampleNames;
    const picked = new File([(await saveTorchWeights(first, { names })) as BlobPart], 'vae.safetensors');
    await loadTorchWeights(second, picked, { names });
    expect(await weightsOf(second)).toEqual(await weightsOf(first));
    expect(tf.memory().numTensors).toBe(start);
    const cut = picked.slice(0, 200);
    await expect(loadTorchWeights(second, cut, { names })).rejects.toThrow(/loadTorchWeights: the blob: /);
    first.dispose();
    second.dispose();
  });
});

test('localStorage without room: said with sizes, and what was there stays', async () => {
  const vae = small(1);
  await saveVae(vae, 'localstorage://vae');
  const large = mlpVae({ inputShape: [784], latentDim: 20, hidden: [1300], seed: 1 });
  await expect(saveVae(large, 'localstorage://vae')).rejects.toThrow(
    /^saveVae: could not write to localstorage:\/\/vae: its \d+ characters .* take indexeddb:\/\/vae$/,
  );
  const again = await loadVae('localstorage://vae', { parts });
  expect(await weightsOf(again)).toEqual(await weightsOf(vae));
  for (const model of [vae, large, again]) model.dispose();
});

test('a download is the one file, named after the address', async () => {
  const vae = small(1);
  const clicked: { name: string; address: string }[] = [];
  // Without a person there is nobody to take the file: what the browser would fetch is fetched here.
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push({ name: this.download, address: this.href });
  });
  await saveVae(vae, 'downloads://my vae');
  await saveWeights(vae, 'downloads://weights.bin');
  expect(clicked.map(({ name }) => name)).toEqual(['my vae.safetensors', 'weights.bin']);
  const picked = new File([await (await fetch(clicked[0]!.address)).blob()], 'picked.safetensors');
  const again = await loadVae(picked, { parts });
  expect(await weightsOf(again)).toEqual(await weightsOf(vae));
  again.dispose();
  vae.dispose();
});

test("tfjs's own IndexedDB and the page's own server", async () => {
  const vae = small(3);
  const [handler] = [tf.io.getSaveHandlers('indexeddb://by tfjs')].flat() as tf.io.IOHandler[];
  await saveVae(vae, handler!);
  const [reader] = [tf.io.getLoadHandlers('indexeddb://by tfjs')].flat() as tf.io.IOHandler[];
  const again = await loadVae(reader!, { parts });
  expect(await weightsOf(again)).toEqual(await weightsOf(vae));
  await tf.io.removeModel('indexeddb://by tfjs');
  await expect(loadVae(`${location.origin}/no-such-folder/vae.safetensors?raw`, { parts })).rejects.toThrow(
    /^loadVae: /,
  );
  again.dispose();
  vae.dispose();
});
