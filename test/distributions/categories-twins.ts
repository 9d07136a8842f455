import type { Kl64, LogProb64 } from './twins';

/** Consecutive vectors of this many numbers. */
const vectors = (flat: readonly number[], size: number): number[][] =>
  Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size));

const logSoftmax = (logits: readonly number[]): number[] => {
  const largest = Math.max(...logits);
  const total = largest + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - largest), 0));
  return logits.map(l => l - total);
};

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);

/** Float64 twins of distributions over classes. */
export function categoriesTwins(classes: number): { ofIndex64: LogProb64; ofTarget64: LogProb64; kl64: Kl64 } {
  const logP = (logits: readonly number[]) => vectors(logits, classes).map(logSoftmax);
  return {
    ofIndex64(x, { logits }) {
      const rows = logP(logits!);
      return sum(x.map((k, i) => rows[i % rows.length]![k]!));
    },
    ofTarget64(x, { logits }) {
      const rows = logP(logits!);
      return sum(vectors(x, classes).map((target, i) => dot(target, rows[i % rows.length]!)));
    },
    kl64({ logits: q }, { logits: p }) {
      const others = logP(p!);
      return sum(
        logP(q!).map((row, i) =>
          dot(
            row.map(Math.exp),
            row.map((v, k) => v - others[i]![k]!),
          ),
        ),
      );
    },
  };
}
