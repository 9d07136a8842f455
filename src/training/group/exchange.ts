import type { Group } from './group';

/** Sums of float64 numbers, to about 48 bits: each goes as two float32 numbers. */
export async function sumNumbers(group: Group, numbers: readonly number[]): Promise<number[]> {
  const parts = new Float32Array(2 * numbers.length);
  numbers.forEach((number, i) => {
    const high = Math.fround(number);
    parts[2 * i] = high;
    parts[2 * i + 1] = Number.isFinite(high) ? number - high : 0;
  });
  const sums = await group.sum(parts);
  return numbers.map((_, i) => sums[2 * i]! + sums[2 * i + 1]!);
}

/** Which processes raise a flag. */
export async function ranksWith(group: Group, flag: boolean): Promise<number[]> {
  const flags = new Float32Array(group.size);
  flags[group.rank] = flag ? 1 : 0;
  return [...(await group.sum(flags))].flatMap((raised, rank) => (raised > 0 ? [rank] : []));
}

/** Bytes in one message. */
const PART = 2 ** 26;

/** The bytes of process 0; the other processes need not know how many there are. */
export async function broadcastBytes(group: Group, bytes: Uint8Array): Promise<Uint8Array> {
  // A float32 counts exactly up to 2²⁴: the length goes in two numbers.
  const length = await group.broadcast(Float32Array.of(Math.floor(bytes.length / 2 ** 24), bytes.length % 2 ** 24));
  const count = length[0]! * 2 ** 24 + length[1]!;
  const result = new Uint8Array(count);
  for (let from = 0; from < count; from += PART) {
    const size = Math.min(PART, count - from);
    const part = new Uint8Array(4 * Math.ceil(size / 4));
    if (group.rank === 0) part.set(bytes.subarray(from, from + size));
    const got = await group.broadcast(new Float32Array(part.buffer));
    result.set(new Uint8Array(got.buffer, got.byteOffset, size), from);
  }
  return result;
}

/** The plain data of process 0. */
export async function broadcastJson<T>(group: Group, value: T): Promise<T> {
  const bytes = await broadcastBytes(group, new TextEncoder().encode(JSON.stringify(value)));
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}

/**
 * Where one process fails, all do: otherwise the others would wait for it.
 *
 * @param error What is wrong in this process, if anything is.
 * @throws That, or an error that names the processes that failed.
 */
export async function failTogether(group: Group, error: unknown): Promise<void> {
  const failed = await ranksWith(group, error !== undefined);
  if (error !== undefined) throw error;
  if (failed.length > 0) throw new Error(`process ${failed.join(', ')} of the group failed; its own error says why`);
}
