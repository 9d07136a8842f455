import fc from 'fast-check';
import { mutate } from './mutate';
import { PeakMemory } from './peak-memory';
import { type Random, seededRandom } from './random';
import type { FuzzLimits, FuzzTarget } from './target';

/** A file that was neither read right nor refused as it should be. */
export type Failure = { target: string; what: string; input: Uint8Array };

/** What came of the inputs of one reader. */
type FuzzResult = { read: number; refused: number; failures: Failure[]; slowestMs: number; mostBytes: number };

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];

/**
 * Gives a reader `count` mutated and generated files, the same for the same seed.
 *
 * @param started Called with each file before it is read, for whoever watches for a reader that never ends.
 */
export async function fuzz(
  target: FuzzTarget,
  {
    count,
    seed,
    limits,
    started,
  }: { count: number; seed: number; limits: FuzzLimits; started?: (input: Uint8Array) => void },
): Promise<FuzzResult> {
  const result: FuzzResult = { read: 0, refused: 0, failures: [], slowestMs: 0, mostBytes: 0 };
  for (const input of inputs(target, count, seed)) {
    started?.(input);
    const untouched = input.slice();
    const outcome = await attempt(target, input, limits);
    result.slowestMs = Math.max(result.slowestMs, outcome.ms);
    result.mostBytes = Math.max(result.mostBytes, outcome.bytes);
    if (outcome.failure !== undefined) {
      result.failures.push({ target: target.name, what: outcome.failure, input });
    } else if (!input.every((byte, i) => byte === untouched[i])) {
      result.failures.push({ target: target.name, what: 'the reader wrote into its input', input: untouched });
    } else if (outcome.refused) result.refused++;
    else result.read++;
  }
  return result;
}

type Outcome = { refused: boolean; ms: number; bytes: number; failure?: string };

/** Reads one file and looks at all that must hold. */
export async function attempt(target: FuzzTarget, input: Uint8Array, fallback: FuzzLimits): Promise<Outcome> {
  const limits = target.limits ?? fallback;
  const shape = prototypeKeys();
  const memory = new PeakMemory(target.limits !== undefined);
  const start = performance.now();
  const cpu = process.cpuUsage();
  let check: (() => void) | undefined;
  let error: unknown;
  try {
    const reading = target.read(input);
    check = reading instanceof Promise ? await reading : reading;
  } catch (caught) {
    error = caught;
  }
  // Where the processor is shared with others, time goes by in which nothing is read.
  const { user, system } = process.cpuUsage(cpu);
  const ms = Math.min(performance.now() - start, (user + system) / 1000);
  const bytes = memory.taken();
  const outcome = { refused: error !== undefined, ms, bytes };
  const fail = (failure: string) => ({ ...outcome, failure });
  if (prototypeKeys() !== shape) return fail('a prototype has other properties than before');
  if (ms > limits.ms) return fail(`reading took ${Math.round(ms)} ms`);
  if (bytes > limits.slack + limits.times * input.length) return fail(`${bytes} bytes for a file of ${input.length}`);
  if (error !== undefined) {
    const typed = error instanceof Error && error.name === 'FileFormatError';
    return typed ? outcome : fail(`refused with ${error instanceof Error ? error.stack : String(error)}`);
  }
  try {
    check?.();
  } catch (wrong) {
    return fail(`read wrongly: ${wrong instanceof Error ? wrong.message : String(wrong)}`);
  }
  return outcome;
}

function* inputs({ seeds, generated, repair }: FuzzTarget, count: number, seed: number): Generator<Uint8Array> {
  const random = seededRandom(seed);
  const pick = () => seeds[random(seeds.length)]!;
  let built: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (built.length === 0) built = fc.sample(generated, { numRuns: 500, seed: random(2 ** 31) });
    const kind = random(8);
    if (kind < 2) yield built.pop()!;
    else if (kind === 2) yield changed(built.pop()!, pick(), random, repair);
    else yield changed(pick(), pick(), random, repair);
  }
}

function changed(seed: Uint8Array, other: Uint8Array, random: Random, repair: FuzzTarget['repair']): Uint8Array {
  const bytes = mutate(seed, other, random);
  return repair && random(2) ? repair(bytes) : bytes;
}

function prototypeKeys(): string {
  return PROTOTYPES.map(prototype => Reflect.ownKeys(prototype).length).join();
}
