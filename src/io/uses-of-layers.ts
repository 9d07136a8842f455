import { FileFormatError } from '../data/file-format-error';

/** A layer of a functional model, as its configuration lists it. */
export type ListedLayer = { name: string; inboundNodes: unknown; startsWithNode: boolean };
type Ref = readonly [name: string, node: number, tensor: number, ...kwargs: unknown[]];
type Node = readonly Ref[];

/** Steps that putting layers in order may take; a file in the order that tfjs saves takes one for each connection. */
const MAX_STEPS = 2 ** 16;
/** The most inputs of one model, and the most outputs. */
const MAX_ENDS = 64;

/**
 * How often each layer of a functional model is applied.
 *
 * tfjs goes over the layers again and again until each has found its inputs, which never ends when one of them cannot;
 * this goes the same way without building anything, and notices a round in which nothing is found.
 *
 * @throws FileFormatError When tfjs would not come to an end, or a layer leads to no output.
 */
export function usesOfLayers(layers: readonly ListedLayer[], inputs: unknown, outputs: unknown): number[] {
  const made = new Map<string, Node[]>();
  const waiting = new Map<string, Node[]>();
  for (const { name, inboundNodes, startsWithNode } of layers) {
    if (made.has(name)) refuse(`two layers are called ${name}`);
    made.set(name, startsWithNode ? [[]] : []);
    const nodes = nodesOf(name, inboundNodes);
    if (nodes.length > 0) waiting.set(name, nodes);
  }
  let steps = 0;
  while (waiting.size > 0) {
    let found = false;
    for (const [name, nodes] of [...waiting]) {
      const blocked = nodes.filter(node => {
        steps += 1 + node.length;
        if (node.some(([source, index]) => (made.get(source)?.length ?? 0) <= index)) return true;
        if (node.length > 0) made.get(name)!.push(node);
        found = true;
        return false;
      });
      if (blocked.length > 0) waiting.set(name, blocked);
      else waiting.delete(name);
    }
    if (!found) {
      const names = [...waiting.keys()].slice(0, 3).join(', ');
      refuse(`the layers ${names} wait for one another, or for a layer that is not there`);
    }
    if (steps > MAX_STEPS) refuse(`putting its layers in order takes more than ${MAX_STEPS} steps`);
  }
  checkReached(made, [...ends('input', inputs), ...ends('output', outputs)]);
  return layers.map(({ name }) => Math.max(1, made.get(name)!.length));
}

function nodesOf(name: string, nodes: unknown): Node[] {
  if (!Array.isArray(nodes)) return refuse(`the layer ${name} has no list of inbound nodes`);
  return nodes.map(node => {
    if (Array.isArray(node) && node.every(isRef)) return node;
    return refuse(`an inbound node of the layer ${name} must list [layer, node, tensor]`);
  });
}

function ends(kind: string, refs: unknown): Ref[] {
  if (Array.isArray(refs) && refs.length > 0 && refs.length <= MAX_ENDS && refs.every(isRef)) return refs;
  return refuse(`a model lists 1 to ${MAX_ENDS} ${kind} layers, each as [layer, node, tensor]`);
}

/** tfjs never lists a layer that leads nowhere, and such a layer would never be disposed of. */
function checkReached(made: ReadonlyMap<string, readonly Node[]>, ends: readonly Ref[]): void {
  const seen = new Set<Node>();
  const reached = new Set<string>();
  const next = [...ends];
  for (let ref = next.pop(); ref; ref = next.pop()) {
    const [name, index] = ref;
    const node = made.get(name)?.[index];
    if (!node) throw new FileFormatError(`it refers to node ${index} of a layer ${name}, which is not there`);
    reached.add(name);
    if (seen.has(node)) continue;
    seen.add(node);
    next.push(...node);
  }
  const loose = [...made.keys()].find(name => !reached.has(name));
  if (loose !== undefined) refuse(`the layer ${loose} leads to no output`);
}

function isRef(value: unknown): value is Ref {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    [value[1], value[2]].every(n => Number.isSafeInteger(n) && (n as number) >= 0)
  );
}

function refuse(what: string): never {
  throw new FileFormatError(what);
}
