/** What one measurement found: one table, one entry of the JSON. */
export type Result = {
  kind: 'steps' | 'optimizer' | 'growth' | 'memory' | 'bundle' | 'isolation' | 'relaxed SIMD';
  title: string;
  where?: 'Node' | 'Chromium';
  backend?: string;
  /** The GPU as the browser names it: a software GPU says so. */
  device?: string;
  unit: string;
  values: Record<string, number>;
  ratios: Record<string, number>;
};

export function print({ title, where, backend, device, unit, values, ratios }: Result): void {
  const lines = (entries: Record<string, number>, digits: number) =>
    Object.entries(entries).map(([name, n]) => `  ${name.padEnd(46)}${n.toFixed(digits).padStart(11)}`);
  const place = [backend, where, device].filter(Boolean).join(', ');
  console.log(`\n${title}${place && ` on ${place}`}: ${unit}`);
  console.log(lines(values, unit.startsWith('ms') ? 2 : 0).join('\n'));
  if (Object.keys(ratios).length) console.log(['ratios', ...lines(ratios, 2)].join('\n'));
}
