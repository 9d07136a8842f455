import type { Group } from '../../src/training/group/group';

type Call = {
  operation: string;
  values: Float32Array;
  resolve(values: Float32Array): void;
  reject(error: Error): void;
};

/** A group in one process: every member is run by somebody else of the same program. */
function memoryGroups(size: number): (Group & { readonly calls: number })[] {
  let waiting: (Call | undefined)[] = Array.from({ length: size });
  let calls = 0;
  const meet = () => {
    const all = waiting.filter(call => call !== undefined);
    if (all.length < size) return;
    waiting = Array.from({ length: size });
    calls++;
    const described = all.map(({ operation, values }) => `${operation} of ${values.length}`);
    if (new Set(described).size > 1) {
      for (const call of all) call.reject(new Error(`the processes call different things: ${described.join(', ')}`));
      return;
    }
    const result = all[0]!.values.slice();
    if (all[0]!.operation === 'sum') {
      for (const { values } of all.slice(1)) {
        for (let i = 0; i < values.length; i++) result[i] = result[i]! + values[i]!;
      }
    }
    for (const call of all) call.resolve(result.slice());
  };
  return Array.from({ length: size }, (_, rank) => {
    const call = (operation: string) => (values: Float32Array) =>
      new Promise<Float32Array>((resolve, reject) => {
        if (waiting[rank]) throw new Error(`process ${rank} calls twice at once`);
        waiting[rank] = { operation, values: values.slice(), resolve, reject };
        meet();
      });
    return {
      rank,
      size,
      sum: call('sum'),
      broadcast: call('broadcast'),
      get calls() {
        return calls;
      },
    };
  });
}

/** Runs a program once for each member, and gives all results; where one fails, what each did. */
export async function runAll<T>(size: number, program: (group: Group, rank: number) => Promise<T>): Promise<T[]> {
  return Promise.all(memoryGroups(size).map(program));
}
