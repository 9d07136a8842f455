import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadVae } from '../../src/io/load-vae';
import { saveVae } from '../../src/io/save-vae';
import { loadWeights, saveWeights } from '../../src/io/weights';
import { BernoulliDecoder } from '../../src/models/bernoulli-decoder';
import { GaussianEncoder } from '../../src/models/gaussian-encoder';
import type { Vae } from '../../src/models/vae';
import { file } from '../../src/node/file';
import { weightsOf } from '../support/networks';
import { memoryFile, shake, variants } from './model-file-support';

const parts = [GaussianEncoder, BernoulliDecoder];
let folder = '';
let vae: Vae;
let server: Server;
let address = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tfjs-vae-model-'));
  vae = variants['mlp']!();
  shake(vae, 3);
  server = createServer((request, response) => {
    if (request.url !== '/models/vae.safetensors') {
      response.writeHead(404).end('not here');
      return;
    }
    response.end(readFileSync(join(folder, 'served.safetensors')));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise(resolve => server.close(resolve));
  rmSync(folder, { recursive: true });
  vae.dispose();
});

/** Loads, compares and disposes. */
async function expectSame(source: Parameters<typeof loadVae>[0]): Promise<void> {
  const again = await loadVae(source, { parts });
  expect(weightsOf(again)).toEqual(weightsOf(vae));
  again.dispose();
}

test('a file by path, by file:// address and by URL; written over; no other file is left', async () => {
  const path = join(folder, 'deep/er/vae.safetensors');
  for (const place of [file(path), file(pathToFileURL(path).href), file(pathToFileURL(path))]) {
    expect(place.name).toBe(path);
    await saveVae(vae, place);
    await expectSame(place);
  }
  await saveWeights(vae, file(path));
  await loadWeights(vae, file(path));
  expect(readdirSync(join(folder, 'deep/er'))).toEqual(['vae.safetensors']);
});

test('a file that cannot be written or read is named, and the one that was there stays', async () => {
  writeFileSync(join(folder, 'blocked'), 'as it was');
  const inside = file(join(folder, 'blocked/vae.safetensors'));
  await expect(saveVae(vae, inside)).rejects.toThrow(/^saveVae: could not write to .*blocked\/vae\.safetensors: E/);
  expect(readFileSync(join(folder, 'blocked'), 'utf8')).toBe('as it was');
  await expect(loadVae(file(join(folder, 'absent')), { parts })).rejects.toThrow(
    /^loadVae: could not read .*absent: ENOENT/,
  );
});

test('bytes, a view of them, a Blob and a File', async () => {
  const place = memoryFile();
  await saveVae(vae, place);
  const bytes = place.bytes!;
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  await expectSame(bytes);
  await expectSame(shifted.subarray(3));
  await expectSame(bytes.slice().buffer);
  await expectSame(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  await expect(loadVae(new File(['short'], 'mine.safetensors'), { parts })).rejects.toThrow(/mine\.safetensors/);
});

test('http: the file, a status, an address that does not answer', async () => {
  await saveVae(vae, file(join(folder, 'served.safetensors')));
  await expectSame(`${address}/models/vae.safetensors`);
  await expect(loadVae(`${address}/other`, { parts })).rejects.toThrow(
    `loadVae: could not read ${address}/other: HTTP 404 Not Found`,
  );
  await expect(loadVae('http://127.0.0.1:1/vae', { parts })).rejects.toThrow(
    /could not read http:.*fetch failed \(.+\)/,
  );
  await expect(saveVae(vae, `${address}/models/vae.safetensors`)).rejects.toThrow(
    /cannot save.*tf\.io\.http\(address\)/,
  );
});

test('IOHandlers of tfjs: memory, and files as tfjs lays them out', async () => {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async given => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await saveVae(vae, handler);
  await expectSame(tf.io.fromMemory(artifacts!));

  // What browserDownloads, http and tfjs-node write: a JSON file with a manifest, and the weights in shards.
  const { weightData, weightSpecs, ...rest } = artifacts!;
  const data = new Uint8Array(weightData as ArrayBuffer);
  const paths = ['weights.shard1', 'weights.shard2'];
  const json: tf.io.ModelJSON = {
    ...(JSON.parse(JSON.stringify(rest)) as { modelTopology: object }),
    weightsManifest: [{ paths, weights: weightSpecs! }],
  };
  const shards = [data.slice(0, 1000), data.slice(1000)];
  await expectSame({
    load: () => tf.io.getModelArtifactsForJSON(json, async m => [m[0]!.weights, shards.map(s => s.buffer)]),
  });
  expect(tf.io.getModelArtifactsInfoForJSON(artifacts!).weightDataBytes).toBe(data.length);
  expect(tf.util.sizeFromShape(weightSpecs![0]!.shape)).toBe(data.length);

  await expect(tf.loadLayersModel(tf.io.fromMemory(artifacts!))).rejects.toThrow('TfjsVaeModelFile');
  await expect(loadVae({ load: async () => ({}) }, { parts })).rejects.toThrow('the IOHandler: it gave no weightData');
});

test.each([
  ['vae.safetensors', /a full address|file\('vae\.safetensors'\)\) with file of 'tfjs-vae\/node'/],
  ['file:///models/vae', /file\('\/models\/vae'\)/],
  ['C:\\models\\vae', /tfjs-vae\/node/],
  ['', /tfjs-vae\/node/],
  ['indexeddb://', /indexeddb:\/\/name/],
  ['constructor://x', /indexeddb:\/\/name/],
])('the address %s is refused with the way out', async (wrong, message) => {
  await expect(saveVae(vae, wrong)).rejects.toThrow(message);
  await expect(saveVae(vae, wrong)).rejects.toThrow(/^saveVae: cannot save to/);
  await expect(loadVae(wrong, { parts })).rejects.toThrow(message);
});

test('places that only browsers have say so, and things that are no places', async () => {
  for (const scheme of ['indexeddb', 'localstorage', 'downloads']) {
    await expect(saveVae(vae, `${scheme}://vae`)).rejects.toThrow(
      /could not write to .*: only (pages of )?browsers have/,
    );
  }
  await expect(loadVae('localstorage://vae', { parts })).rejects.toThrow('only browsers have localStorage');
  await expect(loadVae('indexeddb://vae', { parts })).rejects.toThrow('only browsers have IndexedDB');
  await expect(loadVae('downloads://vae', { parts })).rejects.toThrow('take the File that the user picks');
  for (const wrong of [undefined, null, 5, {}]) {
    await expect(saveVae(vae, wrong as never)).rejects.toThrow('saveVae: target must be');
    await expect(loadVae(wrong as never, { parts })).rejects.toThrow('loadVae: source must be');
  }
});
