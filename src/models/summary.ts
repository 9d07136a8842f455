import type * as tf from '@tensorflow/tfjs';
import type { Family } from '../families/family';
import type { PartConfig } from '../variables/saveable-part';
import type { Variables } from '../variables/variables';

type Shape = readonly (number | null)[];

/** What a summary tells about a `Vae`. */
type Described = Record<'inputShape' | 'latentShape' | 'outputShape', Shape> &
  Record<'encoder' | 'decoder' | 'prior', object> & { variables(): Variables; trainableVariables(): tf.Variable[] };

/** A model in one line, also one that has been disposed of. */
export function describeVae(vae: Described): string {
  const parts = partsOf(vae).map(([name, shape]) => `${name} ${shape}`);
  return `Vae { ${parts.join(', ')} }`;
}

/** A model as a table of its parts and their variables. */
export function summarise(vae: Described): string {
  const trained = new Set<tf.Tensor>(vae.trainableVariables());
  const variables = Object.entries<tf.Tensor>(vae.variables());
  const sizeOf = (some: typeof variables) => some.reduce((sum, [, { size }]) => sum + size, 0).toLocaleString('en');
  const rows = partsOf(vae).flatMap(([name, shape, prefix]) => {
    const own = variables.filter(([path]) => path.startsWith(prefix));
    const each = own.map(([path, v]) => [
      `  ${path.slice(prefix.length)}`,
      shapeOf(v.shape),
      sizeOf([[path, v]]),
      trained.has(v) ? '' : '  not trained',
    ]);
    return [[name, shape, sizeOf(own), ''], ...each] as [string, string, string, string][];
  });
  const [first, second, third] = [0, 1, 2].map(i => Math.max(...rows.map(row => row[i]!.length))) as [
    number,
    number,
    number,
  ];
  const lines = rows.map(
    ([name, shape, size, note]) => `${name.padEnd(first)}  ${shape.padEnd(second)}  ${size.padStart(third)}${note}`,
  );
  const learned = variables.filter(([, v]) => trained.has(v));
  return [...lines, `${sizeOf(variables)} parameters, ${sizeOf(learned)} of them trained`].join('\n');
}

/** One line about a part: its name and class, what goes in and comes out, and where its variables lie. */
function partsOf(vae: Described): [string, string, string][] {
  const [x, z] = [shapeOf(vae.inputShape), shapeOf(vae.latentShape)];
  const shapes = { encoder: `${x} → ${z}`, decoder: `${z} → ${shapeOf(vae.outputShape)}`, prior: z };
  return Object.entries(shapes).map(([name, shape]) => {
    return [`${name}: ${nameOf(vae[name as keyof typeof shapes] as Part)}`, shape, `${name}/`];
  });
}

type Part = { kind?: string; config?(): PartConfig; constructor: { kind?: string; name: string } };

/** The class of a part, and the family that it is of, where it was made of one. */
function nameOf(part: Part): string {
  const { kind = part.kind, name } = part.constructor;
  const members = Object.values(part.config?.() ?? {}) as (Partial<Family> | undefined)[];
  const family = members.find(member => member?.parameters);
  return (kind ?? name) + (family ? ` of ${family.kind}` : '');
}

function shapeOf(shape: Shape): string {
  return `[${shape.map(size => size ?? 'any').join(', ')}]`;
}
