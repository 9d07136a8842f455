import { toJson } from '../io/plain-json';
import type { Objective } from '../objectives/objective';
import { plainElbo } from '../objectives/plain-elbo';
import { checkCount } from '../ops/check';
import { checkKeys } from '../ops/check-keys';
import { defined } from '../ops/defined';
import { Adam } from '../optimizers/adam';
import { drawSeed, Rng } from '../random/rng';
import type { Schedule } from '../schedules/schedule';
import { DEFAULT_BATCH_SIZE, FIT_KEYS, type FitOptions } from './options';
import { KERAS_HINTS, TRAINER_KEYS, type VaeTrainerOptions } from './trainer-state';

/** The options of `VaeTrainer`; the model itself goes by `saveVae`. */
export type RunOptions = Partial<VaeTrainerOptions>;

/** What stands for an option that no file can hold. */
const ELSEWHERE: Partial<Record<keyof RunOptions | keyof FitOptions, string>> = {
  group: 'start the command with torchrun',
  callbacks: 'they are code; --checkpoint-every and --history of the command take the place of some',
  validationData: 'give --validation to the command',
  signal: 'end the command instead; it goes on from its last checkpoint',
  ownShare: 'each process takes its rows by itself',
};

type Weight = number | Schedule;
type AdamConfig = Adam['config'] & { weightDecay?: number; decay?: unknown };
type ElboConfig = {
  kind?: string;
  beta?: Weight;
  freeBits?: object;
  capacity?: { target: Weight; gamma: number };
  terms?: readonly { name: string }[];
};

/**
 * What to train, as plain JSON for `python -m tfjs_vae.train model.safetensors --run run.json`: objective, optimizer,
 * `clipNorm`, batch size, epochs, seed, transforms.
 *
 * It takes the options that `VaeTrainer` and `fit` take. What the file cannot say is refused by name and never dropped:
 * objectives other than `elboObjective`, terms, optimizers other than `Adam` and `AdamW`, schedules and transforms of
 * your own, callbacks. `model` and `prepareBackend` may be there and are not written. Without a `seed`, one is drawn and
 * written.
 *
 * @param training The options of `VaeTrainer`.
 * @param fit The options of `fit`.
 * @returns The text of the file.
 * @throws When an option cannot be written, or is out of range.
 * @example
 * ```ts
 * const training = { objective: elboObjective({ beta: linearSchedule({ from: 0, to: 1, steps: 5000 }) }), seed: 7 };
 * const text = saveRun(training, { epochs: 10, batchSize: 128 });
 * // In Node: writeFileSync('run.json', text), and saveVae(vae, file('model.safetensors')) beside it.
 * ```
 */
export function saveRun(training: RunOptions, fit: FitOptions): string {
  for (const [key, mend] of Object.entries(ELSEWHERE)) {
    const given = { ...training, ...fit }[key as keyof (RunOptions & FitOptions)];
    if (given !== undefined) throw new Error(`saveRun: ${key} cannot be written to a file: ${mend}`);
  }
  checkKeys('saveRun', training, TRAINER_KEYS, KERAS_HINTS);
  checkKeys('saveRun', fit, FIT_KEYS, KERAS_HINTS);
  const { objective = plainElbo(), clipNorm, seed = drawSeed(), transforms = [] } = training;
  const { epochs = fit.totalEpochs, batchSize = DEFAULT_BATCH_SIZE, shuffle = true, onNonFinite = 'throw' } = fit;
  if (epochs === undefined) throw new Error('saveRun: give epochs');
  checkCount('saveRun', 'epochs', epochs);
  checkCount('saveRun', 'batchSize', batchSize);
  if (typeof shuffle !== 'boolean') {
    throw new Error('saveRun: shuffle with a window cannot be written; PyTorch shuffles over all rows: leave it out');
  }
  if (onNonFinite !== 'throw') throw new Error("saveRun: onNonFinite 'skip' cannot be written; leave it out");
  if (clipNorm !== undefined && !(clipNorm > 0 && clipNorm < Number.POSITIVE_INFINITY)) {
    throw new Error(`saveRun: clipNorm must be a positive number, got ${clipNorm}`);
  }
  new Rng(seed); // throws for anything but a seed
  const run = {
    format: 'tfjs-vae/run',
    version: 1,
    objective: describeObjective(objective),
    optimizer: describeOptimizer(training),
    ...defined({ clipNorm }),
    batchSize,
    epochs,
    seed,
    shuffle,
    transforms: transforms.map(({ config }, i) => {
      if (config) return config;
      throw new Error(`saveRun: transforms[${i}] is a function of your own; take one of the library`);
    }),
  };
  return `${JSON.stringify(JSON.parse(toJson(run)), null, 2)}\n`;
}

function describeObjective({ config = {} }: Objective): object {
  const { kind, beta, freeBits, capacity, terms = [] } = config as ElboConfig;
  if (kind !== 'elbo') {
    throw new Error(`saveRun: the objective ${kind ?? 'of your own'} cannot be written; ${WAY_1}`);
  }
  if (terms.length > 0) {
    throw new Error(`saveRun: the term '${terms.map(({ name }) => name).join("', '")}' cannot be written; ${WAY_1}`);
  }
  if (capacity) {
    return { kind, capacity: { ...capacity, target: describeWeight('objective.capacity.target', capacity.target) } };
  }
  return { kind, beta: describeWeight('objective.beta', beta!), ...(freeBits && { freeBits }) };
}

const WAY_1 = 'train it with VaeTrainer, in several processes with a group';

function describeOptimizer({ optimizer, learningRate }: RunOptions): object {
  if (optimizer && learningRate !== undefined) throw new Error('saveRun: give either an optimizer or a learningRate');
  // A new Adam checks the learning rate, and has its defaults.
  const chosen = optimizer ?? new Adam(defined({ learningRate }));
  if (!('kind' in chosen && chosen.kind === 'Adam')) {
    const name = 'kind' in chosen ? chosen.kind : chosen.constructor.name;
    throw new Error(`saveRun: the optimizer '${name}' cannot be written; take Adam or AdamW, or ${WAY_1}`);
  }
  if (chosen.rateFactor !== 1) throw new Error('saveRun: a rateFactor cannot be written; set the learningRate instead');
  const { learningRate: rate, beta1, beta2, epsilon = 1e-7, weightDecay, decay } = chosen.config as AdamConfig;
  if (decay !== undefined) throw new Error('saveRun: decay of AdamW is a function of your own; leave it out');
  return {
    kind: weightDecay === undefined ? 'adam' : 'adamW',
    learningRate: describeWeight('learningRate', rate),
    beta1,
    beta2,
    epsilon,
    ...defined({ weightDecay }),
  };
}

/** A number, or a schedule with those within it. */
function describeWeight(name: string, weight: Weight): unknown {
  if (typeof weight === 'number') return weight;
  if (!weight.spec) {
    throw new Error(`saveRun: ${name} is a function of your own; take a schedule of the library, or ${WAY_1}`);
  }
  const members = Object.entries(weight.spec).map(([key, value]) => [
    key,
    typeof value === 'function' ? describeWeight(`${name}.${key}`, value as Schedule) : value,
  ]);
  return Object.fromEntries(members);
}
