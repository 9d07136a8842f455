import { klOfElements, logProbOfElements } from './twins';

type Scalars = Readonly<Record<string, number>>;

/** Without a width, that of N(0, 1). */
const variance = ({ logVar, scale }: Scalars) => (scale === undefined ? Math.exp(logVar ?? 0) : scale ** 2);

export const normal64 = logProbOfElements((x, p) => {
  const v = variance(p);
  return -0.5 * ((x - (p['mean'] ?? 0)) ** 2 / v + Math.log(2 * Math.PI * v));
});

export const normalKl64 = klOfElements((q, p) => {
  const [vq, vp] = [variance(q), variance(p)];
  return 0.5 * (Math.log(vp / vq) + (vq + ((q['mean'] ?? 0) - (p['mean'] ?? 0)) ** 2) / vp - 1);
});
