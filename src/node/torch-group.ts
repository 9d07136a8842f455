import { fstatSync, readSync, writeSync } from 'node:fs';
import type { Group } from '../training/group/group';

/** What `tfjs_vae.run` of this release speaks. */
const PROTOCOL = 1;

/** What can be asked for. */
const SUM = 0;
const BROADCAST = 1;

/**
 * The processes of a torch job as a group, for `new VaeTrainer({ model, group })`: PyTorch brings them together, and sums
 * their gradients with gloo, NCCL or MPI.
 *
 * The program is started by the Python package `tfjs_vae` of this repository, once for each process:
 * `torchrun --nproc_per_node 4 -m tfjs_vae.run node train.js`, on several machines with torchrun's own `--nnodes` and
 * `--rdzv_endpoint`. Without that launcher the same program runs alone, as a group of one process. The launcher and
 * this process talk through two pipes; a call waits until all processes have made it.
 *
 * @returns The group; there is one in a process.
 * @throws When the launcher is of another release or missing in a job of several processes, or its pipes did not come through. In `sum` and `broadcast`: when another process has failed.
 * @example
 * ```ts
 * const group = torchGroup();
 * const trainer = new VaeTrainer({ model: vae, group, seed: 7 });
 * await trainer.fit(xTrain, { epochs: 10, batchSize: 512, callbacks: progressBar() });
 * if (group.rank === 0) console.log(await trainer.evaluate(xTest));
 * ```
 */
export function torchGroup(): Group {
  // One for all copies of this package: there are two pipes, and a trainer must see that another one uses them.
  const held = globalThis as { [HELD]?: Group };
  held[HELD] ??= openGroup();
  return held[HELD];
}

const HELD = Symbol.for('tfjs-vae/torch-group');

function openGroup(): Group {
  const given = process.env['TFJS_VAE_GROUP'];
  if (given === undefined) return groupOfOne();
  const [protocol, output, input, rank, size, ...identities] = given.split(',').map(Number) as [
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  if (protocol !== PROTOCOL || !Number.isInteger(size)) {
    throw new Error(
      `torchGroup: the launcher tfjs_vae.run speaks protocol ${protocol}, and this release of tfjs-vae ${PROTOCOL}; install the Python package of the same release`,
    );
  }
  checkPipes([output, input], identities);
  const call = (operation: number, values: Float32Array): Float32Array => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    writeAll(output, new Uint8Array(Uint32Array.of(operation, values.length).buffer));
    writeAll(output, bytes);
    readAll(input, bytes);
    return values;
  };
  return {
    rank,
    size,
    sum: values => call(SUM, values),
    broadcast: values => call(BROADCAST, values),
  };
}

/** @throws When a job of several processes has started this one without the launcher: each would train by itself. */
function groupOfOne(): Group {
  const { WORLD_SIZE: size, RANK: rank } = process.env;
  if (rank !== undefined && Number(size) > 1) {
    throw new Error(
      `torchGroup: this is process ${rank} of ${size}, but it was not started by the launcher; put it before the program, as in "torchrun --nproc_per_node ${size} -m tfjs_vae.run node train.js"`,
    );
  }
  return { rank: 0, size: 1, sum: values => values, broadcast: values => values };
}

/**
 * @param identities Their inodes: where the pipes were closed, node may have opened something else under their numbers.
 * @throws When something between the launcher and this process did not hand the pipes on.
 */
function checkPipes(descriptors: readonly number[], identities: readonly number[]): void {
  try {
    descriptors.forEach((descriptor, i) => {
      const { ino } = fstatSync(descriptor);
      if (ino !== (identities[i] ?? ino)) throw new Error(`descriptor ${descriptor} is another file`);
    });
  } catch (cause) {
    throw new Error(
      'torchGroup: the pipes of the launcher are not open in this process; let it start node itself, as in "tfjs_vae.run node train.js", since npm, npx and shells in between may close them',
      { cause },
    );
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += orGone(() => writeSync(descriptor, bytes, at));
}

function readAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const count = orGone(() => readSync(descriptor, bytes, at, bytes.length - at, null));
    if (count === 0) throw gone();
    at += count;
  }
}

function orGone(transfer: () => number): number {
  try {
    return transfer();
  } catch (cause) {
    throw gone(cause);
  }
}

function gone(cause?: unknown): Error {
  return new Error(
    'torchGroup: the group has ended, since another process of it has failed or was stopped; what that one wrote says why, and one that was killed wrote nothing. Start the job again: with resume and checkpoint it goes on from the last checkpoint',
    { cause },
  );
}
