import type { SchemaTree } from 'hyparquet';
import { FileFormatError } from '../data/file-format-error';
import { nearest } from '../ops/check-keys';
import type { ParquetFile } from './parquet-file';

/** What the values of a column become. */
export type ValueType = 'uint8' | 'int32' | 'float32';

/** A column that can be put into a batch. */
export type Column = {
  readonly name: string;
  readonly kind: 'number' | 'list' | 'bytes';
  readonly type: ValueType;
  /** How many lists are nested in one another; 0 for numbers and bytes. */
  readonly depth: number;
  /** The length of byte strings, where the schema tells it. */
  readonly byteLength?: number | undefined;
};

/**
 * @throws FileFormatError When there is no such column.
 * @throws Error When it holds something other than numbers, lists of them or bytes.
 */
export function columnOf({ bytes, columns }: ParquetFile, name: string): Column {
  const top = columns.get(name);
  if (!top) {
    const names = [...columns.keys()];
    const meant = nearest(name, names);
    const known = meant === undefined ? `it has ${names.slice(0, 20).join(', ')}` : `did you mean '${meant}'?`;
    throw new FileFormatError(`parquetRows: ${bytes.name} has no column '${name}'; ${known}`);
  }
  let node = top;
  let depth = 0;
  while (isList(node)) {
    // The standard has three levels, older writers two: a repeated element within the list, or around it.
    const [repeated] = node.children as [SchemaTree];
    node = repeated.children.length === 1 ? repeated.children[0]! : repeated;
    depth++;
  }
  const type = valueType(node);
  const { type: stored, type_length: byteLength, repetition_type: repetition } = node.element;
  // Half floats and decimals lie there as bytes, too.
  const isBytes = type === 'uint8' && (stored === 'BYTE_ARRAY' || stored === 'FIXED_LEN_BYTE_ARRAY');
  const isRepeated = depth === 0 && repetition === 'REPEATED';
  if (type === undefined || isRepeated || (depth > 0 && isBytes)) {
    throw new Error(
      `parquetRows: column '${name}' of ${bytes.name} holds ${depth > 0 ? 'lists of ' : ''}${describe(node)}; a batch takes numbers, lists of numbers, and byte strings of one length`,
    );
  }
  if (depth > 0) return { name, kind: 'list', type, depth };
  if (isBytes) return { name, kind: 'bytes', type, depth, byteLength };
  return { name, kind: 'number', type, depth };
}

function isList({ element, children }: SchemaTree): boolean {
  const isNamed = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
  return isNamed && children.length === 1 && children[0]!.element.repetition_type === 'REPEATED';
}

/** Undefined where the values are not numbers. */
function valueType({ element, children }: SchemaTree): ValueType | undefined {
  if (children.length > 0) return undefined;
  const { type, converted_type: converted, logical_type: logical } = element;
  if (logical?.type === 'FLOAT16' || converted === 'DECIMAL') return 'float32';
  if (converted === 'UINT_8' || (logical?.type === 'INTEGER' && logical.bitWidth === 8 && !logical.isSigned)) {
    return 'uint8';
  }
  if (logical !== undefined && logical.type !== 'INTEGER') return undefined;
  if (converted !== undefined && !/^U?INT_\d+$/.test(converted)) return undefined;
  if (type === 'BOOLEAN' || type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return 'uint8';
  if (type === 'INT32' || type === 'INT64') return 'int32';
  return type === 'FLOAT' || type === 'DOUBLE' ? 'float32' : undefined;
}

/** What a column holds, for an error. */
function describe({ element, children }: SchemaTree): string {
  const { type, converted_type: converted, logical_type: logical } = element;
  const name = logical?.type ?? converted ?? (children.length > 0 ? 'structs' : type);
  if (name === 'UTF8' || name === 'STRING') return 'text';
  return name === 'structs' ? name : `values of type ${name}`;
}
