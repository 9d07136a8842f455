import { fstatSync, readSync, writeSync } from 'node:fs';
import type { Group } from '../training/group/group';

/**
 * What `tfjs_vae.run` of this release speaks: a call is its operation and length on one pipe, and the same 8 bytes on
 * the other are the answer; the values lie in a file in memory, which the launcher has mapped. (Values that went through
 * pipes took twice as long: they are copied there and back, a piece at a time.)
 */
const PROTOCOL = 2;

/** What can be asked for. */
const SUM = 0;
const BROADCAST = 1;

/**
 * The processes of a torch job as a group, for `new VaeTrainer({ model, group })`: PyTorch brings them together, and sums
 * their gradients with gloo, NCCL or MPI.
 *
 * The program is started by the Python package `tfjs_vae` of this repository, once for each process:
 * `torchrun --nproc_per_node 4 -m tfjs_vae.run node train.js`, on several machines with torchrun's own `--nnodes` and
 * `--rdzv_endpoint`. Without that launcher the same program runs alone, as a group of one process. A call waits until all
 * processes have made it.
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
  const [protocol, ...numbers] = given.split(',').map(Number) as [number, ...number[]];
  if (protocol !== PROTOCOL) {
    throw new Error(
      `torchGroup: the launcher tfjs_vae.run speaks protocol ${protocol}, and this release of tfjs-vae ${PROTOCOL}; install the Python package of the same release`,
    );
  }
  const [rank, size, output, input, memory, ...inodes] = numbers as [number, number, number, number, number];
  checkDescriptors([output, input, memory], inodes);
  const call = (operation: number, values: Float32Array): Float32Array => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const head = new Uint8Array(Uint32Array.of(operation, values.length).buffer);
    eachPart(bytes.length, (at, rest) => writeSync(memory, bytes, at, rest, at));
    eachPart(head.length, (at, rest) => writeSync(output, head, at, rest));
    eachPart(head.length, (at, rest) => readSync(input, head, at, rest, null));
    eachPart(bytes.length, (at, rest) => readSync(memory, bytes, at, rest, at));
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
 * @param inodes What the descriptors were to the launcher: where something closed them on the way, node may have opened
 * other files under their numbers.
 * @throws When something between the launcher and this process did not hand them on.
 */
function checkDescriptors(descriptors: readonly number[], inodes: readonly number[]): void {
  try {
    descriptors.forEach((descriptor, i) => {
      const { ino } = fstatSync(descriptor);
      if (ino !== (inodes[i] ?? ino)) throw new Error(`descriptor ${descriptor} is another file`);
    });
  } catch (cause) {
    throw new Error(
      'torchGroup: the pipes of the launcher are not open in this process; let it start node itself, as in "tfjs_vae.run node train.js", since npm, npx and shells in between may close them',
      { cause },
    );
  }
}

/** @param transfer Moves some of the rest, and tells how many bytes that were. */
function eachPart(length: number, transfer: (at: number, rest: number) => number): void {
  try {
    for (let at = 0; at < length; ) {
      const count = transfer(at, length - at);
      if (count === 0) throw new Error('the launcher has closed its pipe');
      at += count;
    }
  } catch (cause) {
    throw gone(cause);
  }
}

function gone(cause: unknown): Error {
  return new Error(
    'torchGroup: the group has ended, since another process of it has failed or was stopped; what that one wrote says why, and one that was killed wrote nothing. Start the job again: with resume and checkpoint it goes on from the last checkpoint',
    { cause },
  );
}
