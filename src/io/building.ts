import * as tf from '@tensorflow/tfjs';
import { FileFormatError } from '../data/file-format-error';
import type { Variables } from '../variables/variables';
import { elementCount } from './dtypes';

/** How many numbers a model may hold beside those of its file: states, and weights that it does not list. */
const SLACK = 2 ** 21;
/** The most axes that a tensor of tfjs can have. */
const MAX_RANK = 6;

type Inputs = tf.SymbolicTensor | tf.SymbolicTensor[];
type Initializer = ReturnType<typeof tf.initializers.zeros>;
type Weight = ReturnType<tf.layers.Layer['addWeight']>;
/** A layer as its class is written, where TypeScript would have it protected. */
type Layer = {
  name: string;
  stateful?: boolean;
  cell?: { stateSize?: number | number[] };
  apply(inputs: Inputs, ...rest: unknown[]): unknown;
  addWeight(name: string, shape: number[], dtype: string, initializer: Initializer, ...rest: unknown[]): Weight;
};

/**
 * What loading builds: no larger than what the file has weights for, and disposed of when loading fails.
 *
 * While something is being built here, layers start from zeros, since the file has their values: an initialiser may take
 * minutes. The configuration of its initialiser stays as it was. A weight that exceeds the bound is refused before it
 * is made.
 */
export class Building {
  #left: number;
  readonly #made: tf.Tensor[] = [];
  readonly #initial = new Map<tf.Variable, () => tf.Tensor>();

  /** @param numbers How many numbers the file holds. */
  constructor(numbers: number) {
    this.#left = numbers + SLACK;
  }

  /** Builds, and remembers the tensors that are made before the first await. */
  run<T>(build: () => T): T {
    const before = new Set(Object.values(tf.engine().registeredVariables));
    const restore = this.#watchLayers();
    let built!: T;
    tf.tidy(() => {
      const { track } = tf.engine().state.activeScope;
      try {
        built = build();
      } finally {
        restore();
        this.#made.push(...Object.values(tf.engine().registeredVariables).filter(v => !before.has(v)));
        for (const tensor of track) this.#made.push(tensor);
      }
      // They are given back so that tidy leaves them alone.
      return [...track];
    });
    return built;
  }

  /** Gives weights that the model does not list, and that no file can hold, their initial values. */
  initialise(listed: Variables): void {
    for (const variable of Object.values(listed)) this.#initial.delete(variable);
    tf.tidy(() => {
      for (const [variable, value] of this.#initial) if (!variable.isDisposed) variable.assign(value());
    });
    this.#initial.clear();
  }

  /** Disposes of what was built. */
  dispose(): void {
    for (const tensor of this.#made) if (!tensor.isDisposed) tensor.dispose();
  }

  /** tfjs cannot build layers without their initialisers, so the common class of layers is changed for that time. */
  #watchLayers(): () => void {
    const all = tf.layers.Layer.prototype as unknown as Layer;
    const { addWeight, apply } = all;
    const building = this;
    all.addWeight = function (name, shape, dtype, initializer, ...rest) {
      building.#spend(`${this.name}/${name} of [${shape}]`, shape);
      const weight = addWeight.call(this, name, shape, dtype, tf.initializers.zeros(), ...rest);
      building.#initial.set(weight.read() as tf.Variable, () =>
        initializer.apply(shape, dtype as Parameters<Initializer['apply']>[1]),
      );
      return weight;
    };
    all.apply = function (inputs, ...rest) {
      for (const input of [inputs].flat()) {
        if (!input) refuse(`the layer ${this.name} is given an output that is not there`);
        if (input.rank > MAX_RANK) refuse(`the layer ${this.name} is given a tensor of ${input.rank} axes`);
      }
      if (this.stateful && this.cell) building.#spendStates(this, [inputs].flat()[0]!.shape);
      return apply.call(this, inputs, ...rest);
    };
    return () => Object.assign(all, { addWeight, apply });
  }

  /** A recurrent layer that keeps its state makes it when it is built, one for each example of a batch. */
  #spendStates({ name, cell }: Layer, shape: (number | null)[]): void {
    const sizes = [cell?.stateSize ?? []].flat();
    const places = shape.length > 3 ? shape.map(size => size ?? 1) : [shape[0] ?? 1];
    for (const size of sizes) this.#spend(`a state of ${name}`, [...places, size]);
  }

  #spend(what: string, shape: number[]): void {
    const sound = shape.every(size => Number.isSafeInteger(size) && size >= 0);
    const count = sound ? elementCount(shape) : undefined;
    if (count === undefined || count > this.#left) refuse(`the file has no values for ${what}`);
    this.#left -= count!;
  }
}

function refuse(what: string): never {
  throw new FileFormatError(what);
}
