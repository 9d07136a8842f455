/**
 * Area under the ROC curve: the chance that an anomaly scores higher than a normal example, ties counted half.
 *
 * The Mann–Whitney statistic U / (m·n), from the ranks of all scores.
 *
 * @throws When a side is empty or a score is NaN.
 */
export function rocAuc(normal: readonly number[], anomalous: readonly number[]): number {
  if (normal.length === 0 || anomalous.length === 0) {
    throw new Error(
      `rocAuc: both sides must have scores, got ${normal.length} normal and ${anomalous.length} anomalous`,
    );
  }
  const scores = [
    ...normal.map(score => ({ score, anomaly: false })),
    ...anomalous.map(score => ({ score, anomaly: true })),
  ].sort((a, b) => a.score - b.score);
  if (scores.some(({ score }) => Number.isNaN(score))) throw new Error('rocAuc: scores must be numbers, got NaN');
  let rankSum = 0;
  for (let i = 0; i < scores.length; ) {
    let end = i;
    let anomalies = 0;
    for (; end < scores.length && scores[end]!.score === scores[i]!.score; end++) if (scores[end]!.anomaly) anomalies++;
    // Equal scores share the mean of their ranks i + 1 … end.
    rankSum += (anomalies * (i + 1 + end)) / 2;
    i = end;
  }
  const m = anomalous.length;
  return (rankSum - (m * (m + 1)) / 2) / (m * normal.length);
}

/**
 * The value below which a share q of the values lies, linear between neighbours.
 *
 * @throws When there is no value, or q leaves [0, 1].
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new Error('quantile: values must not be empty');
  if (!(q >= 0 && q <= 1)) throw new Error(`quantile: q must lie in [0, 1], got ${q}`);
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const low = Math.floor(place);
  const share = place - low;
  const next = sorted[low + 1];
  return next === undefined ? sorted[low]! : (1 - share) * sorted[low]! + share * next;
}

/** The share of scores above a threshold. */
export function shareAbove(scores: readonly number[], threshold: number): number {
  return scores.filter(score => score > threshold).length / scores.length;
}
