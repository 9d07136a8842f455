import type { Vae } from './vae';

type Row = [what: string, shape: string, values: number, note?: string];

/** A model in one line, also one that has been disposed of. */
export function describeVae(vae: Vae): string {
  const parts = partsOf(vae).map(([name, shape]) => `${name} ${shape}`);
  return `Vae { ${parts.join(', ')} }`;
}

/** A model as a table of its parts and their variables. */
export function summarise(vae: Vae): string {
  const trained = new Set(vae.trainableVariables());
  const variables = Object.entries(vae.variables());
  const rows = partsOf(vae).flatMap(([name, shape, path]): Row[] => {
    const own = variables.filter(([place]) => place.startsWith(path));
    return [
      [name, shape, own.reduce((sum, [, { size }]) => sum + size, 0)],
      ...own.map(
        ([place, v]): Row => [
          `  ${place.slice(path.length)}`,
          `[${v.shape.join(', ')}]`,
          v.size,
          trained.has(v) ? '' : '  not trained',
        ],
      ),
    ];
  });
  const total = (counted: typeof variables) => number(counted.reduce((sum, [, { size }]) => sum + size, 0));
  const width = (column: (row: Row) => string) => Math.max(...rows.map(row => column(row).length));
  const [first, second, third] = [width(row => row[0]), width(row => row[1]), width(row => number(row[2]))];
  return [
    ...rows.map(
      ([what, shape, values, note = '']) =>
        `${what.padEnd(first)}  ${shape.padEnd(second)}  ${number(values).padStart(third)}${note}`,
    ),
    `${total(variables)} parameters, ${total(variables.filter(([, v]) => trained.has(v)))} of them trained`,
  ].join('\n');
}

/** Name and class, what goes in and comes out, and where its variables lie. */
function partsOf({ encoder, decoder, prior, inputShape, outputShape, latentDim }: Vae): [string, string, string][] {
  const shape = (event: readonly (number | null)[]) => `[${event.map(size => size ?? 'any').join(', ')}]`;
  const named = (
    name: string,
    { constructor: type, kind }: { kind?: string; constructor: { kind?: string; name: string } },
  ) => `${name}: ${kind ?? type.kind ?? type.name}`;
  const z = shape([latentDim]);
  return [
    [named('encoder', encoder as never), `${shape(inputShape)} → ${z}`, 'encoder/'],
    [named('decoder', decoder as never), `${z} → ${shape(outputShape)}`, 'decoder/'],
    [named('prior', prior as never), z, 'prior/'],
  ];
}

function number(count: number): string {
  return count.toLocaleString('en');
}
