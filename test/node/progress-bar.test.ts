import { Writable } from 'node:stream';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mlpVae } from '../../src/models/mlp-vae';
import { type ProgressBar, progressBar } from '../../src/node';
import { VaeTrainer } from '../../src/training/trainer';

class Recorder extends Writable {
  text = '';
  columns = 80;
  constructor(readonly isTTY: boolean) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Two epochs of four steps of 100 examples, half a second each; the ELBO goes up by 1 a step. */
async function run(bar: ProgressBar, options: { logs?: boolean; epochs?: number } = {}): Promise<void> {
  const { logs = true, epochs = 2 } = options;
  await bar.onTrainBegin();
  for (let epoch = 0; epoch < epochs; epoch++) {
    bar.onEpochBegin(epoch);
    for (let batch = 0; batch < 4; batch++) {
      vi.advanceTimersByTime(500);
      bar.onBatchEnd(batch, logs ? { batch, size: 100, loss: 9 - batch, elbo: batch - 9 } : undefined);
    }
    bar.onEpochEnd(epoch, { loss: 7.5, elbo: -7.5, val_elbo: -8.25 });
  }
  bar.onTrainEnd();
}

describe('progressBar where there is no terminal', () => {
  test('writes one plain line an epoch', async () => {
    const stream = new Recorder(false);
    const bar = progressBar({ stream });
    bar.setParams({ epochs: 2, steps: 4 });
    await run(bar);
    expect(stream.text).toBe(
      'epoch 1/2  2.0 s · elbo -7.50 · val_elbo -8.25 · 200 examples/s\n' +
        'epoch 2/2  2.0 s · elbo -7.50 · val_elbo -8.25 · 200 examples/s\n',
    );
  });

  test('counts epochs over all calls of fit, as their total does', async () => {
    const stream = new Recorder(false);
    const trainer = new VaeTrainer({ model: mlpVae({ inputShape: [3], latentDim: 2, hidden: [4], seed: 1 }), seed: 1 });
    const x = { values: new Float32Array(12), shape: [4, 3] };
    await trainer.fit(x, { epochs: 2 });
    await trainer.fit(x, { epochs: 1, callbacks: progressBar({ stream }) });
    await trainer.fit(x, { totalEpochs: 5, callbacks: progressBar({ stream }) });
    expect(stream.text.match(/epoch \d+\/\d+/g)).toEqual(['epoch 3/3', 'epoch 4/5', 'epoch 5/5']);
    trainer.dispose();
  });

  test('makes do without lengths, sizes and an ELBO', async () => {
    const stream = new Recorder(false);
    const bar = progressBar({ stream });
    await bar.onTrainBegin();
    bar.onEpochBegin(0);
    vi.advanceTimersByTime(1000);
    bar.onBatchEnd(0);
    bar.onEpochEnd(0, { loss: 3, val_loss: 4 });
    bar.onTrainEnd();
    expect(stream.text).toBe('epoch 1  1.0 s · loss 3.00 · val_loss 4.00 · 1.0 steps/s\n');
  });

  test('counts examples by the batch size where logs do not tell', async () => {
    const stream = new Recorder(false);
    const bar = progressBar({ stream });
    bar.setParams({ batchSize: 3000 });
    await run(bar, { logs: false });
    expect(stream.text).toContain('6,000 examples/s');
  });

  test('is a callback of LayersModel.fit', async () => {
    vi.useRealTimers();
    const stream = new Recorder(false);
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
    await model.fit(tf.ones([4, 1]), tf.ones([4, 1]), { epochs: 2, verbose: 0, callbacks: progressBar({ stream }) });
    expect(stream.text).toMatch(/^epoch 1 .* loss \d.*\nepoch 2 .* loss \d.*\n$/);
  });
});

describe('progressBar on a terminal', () => {
  const frames = (stream: Recorder) => stream.text.split('\x1b').filter(frame => frame.includes('epoch'));

  test('shows steps, rate, time left of the run and the running mean of the ELBO', async () => {
    const stream = new Recorder(true);
    const bar = progressBar({ stream });
    bar.setParams({ epochs: 2, steps: 4 });
    await run(bar);
    // Second step of the first epoch: mean of −9 and −8; six steps of half a second to go.
    expect(frames(stream).join('\n')).toContain('epoch 1/2 ██████░░░░░░ 2/4 · elbo -8.50 · 0:03 left · 200 examples/s');
    const ends = frames(stream).filter(frame => frame.includes('val_elbo'));
    expect(ends).toHaveLength(2);
    expect(ends[1]).toContain('epoch 2/2 ████████████ 2.0 s · elbo -7.50 · val_elbo -8.25 · 200 examples/s');
    expect(stream.text.match(/\n/g)).toHaveLength(2);
  });

  test('learns the number of steps from the first epoch', async () => {
    const stream = new Recorder(true);
    const bar = progressBar({ stream });
    bar.setParams({ epochs: 2, steps: null });
    await run(bar);
    const shown = frames(stream).join('\n');
    expect(shown).toContain('epoch 1/2 ░░░░░░░░░░░░ 2 · elbo -8.50 · 200 examples/s');
    expect(shown).toContain('epoch 2/2 ██████░░░░░░ 2/4 · elbo -8.50 · 0:01 left');
  });

  test('says long times in hours', async () => {
    const stream = new Recorder(true);
    const bar = progressBar({ stream });
    bar.setParams({ epochs: 7441, steps: 1 });
    await bar.onTrainBegin();
    bar.onEpochBegin(0);
    vi.advanceTimersByTime(1000);
    bar.onBatchEnd(0, { loss: 1 });
    expect(stream.text).toContain('loss 1.00 · 2:04:00 left');
    bar.onTrainEnd();
  });

  test('ends its line when training is stopped within an epoch, and can be used again', async () => {
    const stream = new Recorder(true);
    const bar = progressBar({ stream });
    bar.setParams({ epochs: 2, steps: 4 });
    await bar.onTrainBegin();
    bar.onEpochBegin(0);
    bar.onBatchEnd(0, { size: 1, elbo: -1 });
    bar.onTrainEnd();
    expect(stream.text.endsWith('\n')).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    await run(bar);
    expect(stream.text).toContain('2.0 s · elbo -7.50');
  });

  test('does not keep the process alive after an error in training', async () => {
    vi.useRealTimers();
    const timers: NodeJS.Timeout[] = [];
    const set = globalThis.setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((f: () => void, ms: number) => {
      const timer = set(f, ms);
      timers.push(timer);
      return timer;
    }) as typeof setTimeout);
    const bar = progressBar({ stream: new Recorder(true) });
    bar.setParams({ epochs: 1, steps: 4 });
    await bar.onTrainBegin();
    bar.onEpochBegin(0);
    await new Promise(resolve => set(resolve, 250));
    spy.mockRestore();
    expect(timers.length).toBeGreaterThan(1);
    expect(timers.every(timer => !timer.hasRef())).toBe(true);
    bar.onTrainEnd();
  });
});
