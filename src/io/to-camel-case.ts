/**
 * A configuration of layers with the keys that tfjs reads: `class_name` as `className`.
 *
 * tfjs converts before it builds, and takes many spellings for one key (`class__name` too), so what is checked has to be
 * what comes out of the conversion. This is tfjs's own (layers/src/utils/serialization_utils.ts), which leaves its own
 * result as it is; a test compares the two.
 */
export function toCamelCase(value: unknown, key?: string): unknown {
  if (typeof value === 'string') return camel(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const ofNames = key === 'inboundNodes' || key === 'inputLayers' || key === 'outputLayers';
    return value.map((item: unknown, i) =>
      ofNames && i === 0 && typeof item === 'string' ? item : toCamelCase(item, key),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      if (name === 'name' && typeof member === 'string') return [name, member];
      return [camel(name), toCamelCase(member, camel(name))];
    }),
  );
}

function camel(name: string): string {
  return name.length <= 1 ? name : name.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase());
}
