/**
 * One side of a product: lines that run along the inner axis. Writes four neighbouring lines to `panel` from `at`,
 * interleaved, for the inner indices from `from` to `to`. Lines past the end may stay as they are: nobody reads their sums.
 */
export type Operand = (panel: Float64Array, at: number, line: number, from: number, to: number) => void;

/** Takes the finished block of rows and columns from the given ones on; `width` is the length of a row of `values`. */
export type Sink = (values: Float64Array, width: number, block: Block) => void;

type Block = { row: number; endRow: number; column: number; endColumn: number };

/**
 * Lines in a panel: 4 × 4 sums and their factors are about what V8 keeps in registers. Where there are fewer lines, the
 * rest is wasted.
 */
export const lanes = 4;

/** Inner indices that are packed at once: two panels of them fit the first cache, a block of columns the second. */
const depth = 256;

/** Rows and columns of a block. */
const side = 256;

/**
 * A matrix product in register blocks: `c[i, j] = Σ_k a[i, k] · b[j, k]`, summed in float64.
 *
 * Blocks of both operands are copied to panels of float64 in the order of their use (Goto and van de Geijn 2008,
 * "Anatomy of high-performance matrix multiplication"), which also hides how they lie in memory: a transposed matrix
 * costs as much as a plain one, and the windows of a convolution are never laid out as a whole.
 */
export function product(
  a: Operand,
  b: Operand,
  { rows, inner, columns }: { rows: number; inner: number; columns: number },
  sink: Sink,
): void {
  const height = Math.min(side, panelled(rows));
  const width = Math.min(side, panelled(columns));
  const longest = Math.min(depth, inner);
  const line = new Float64Array(lanes * longest);
  const block = new Float64Array(width * longest);
  const sums = new Float64Array(height * width);
  for (let column = 0; column < columns; column += side) {
    const endColumn = Math.min(columns, column + side);
    for (let row = 0; row < rows; row += side) {
      const endRow = Math.min(rows, row + side);
      if (row + column > 0) sums.fill(0);
      for (let from = 0; from < inner; from += depth) {
        const to = Math.min(inner, from + depth);
        const length = to - from;
        // With a single block along the inner axis, the columns are still there from the rows before.
        if (row === 0 || inner > depth) {
          for (let j = column; j < endColumn; j += lanes) b(block, (j - column) * length, j, from, to);
        }
        for (let i = row; i < endRow; i += lanes) {
          a(line, 0, i, from, to);
          for (let j = column; j < endColumn; j += lanes) {
            addTile(line, block, (j - column) * length, length, sums, (i - row) * width + j - column, width);
          }
        }
      }
      sink(sums, width, { row, endRow, column, endColumn });
    }
  }
}

/** Adds the product of two panels to 4 × 4 sums. */
function addTile(
  a: Float64Array,
  b: Float64Array,
  at: number,
  length: number,
  sums: Float64Array,
  place: number,
  width: number,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  for (let i = 0, j = at, end = lanes * length; i < end; i += 4, j += 4) {
    const b0 = b[j]!;
    const b1 = b[j + 1]!;
    const b2 = b[j + 2]!;
    const b3 = b[j + 3]!;
    const a0 = a[i]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = a[i + 1]!;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = a[i + 2]!;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    const a3 = a[i + 3]!;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  addRow(sums, place, s00, s01, s02, s03);
  addRow(sums, place + width, s10, s11, s12, s13);
  addRow(sums, place + 2 * width, s20, s21, s22, s23);
  addRow(sums, place + 3 * width, s30, s31, s32, s33);
}

function addRow(sums: Float64Array, at: number, s0: number, s1: number, s2: number, s3: number): void {
  sums[at]! += s0;
  sums[at + 1]! += s1;
  sums[at + 2]! += s2;
  sums[at + 3]! += s3;
}

function panelled(length: number): number {
  return Math.ceil(length / lanes) * lanes;
}

/** The lines of a matrix in memory, of which there are `count`; the strides say how far the next line and index are. */
export function matrixLines(
  values: Float32Array,
  {
    offset = 0,
    count,
    lineStride,
    innerStride,
  }: { offset?: number; count: number; lineStride: number; innerStride: number },
): Operand {
  return (panel, at, line, from, to) => {
    const present = Math.min(lanes, count - line);
    for (let lane = 0; lane < present; lane++) {
      let read = offset + (line + lane) * lineStride + from * innerStride;
      for (let write = at + lane, end = at + lanes * (to - from); write < end; write += lanes) {
        panel[write] = values[read]!;
        read += innerStride;
      }
    }
  };
}

/** Writes the product as a matrix, row after row. */
export function intoMatrix(out: Float32Array, columns: number, offset = 0): Sink {
  return (values, width, { row, endRow, column, endColumn }) => {
    for (let i = row; i < endRow; i++) {
      let read = (i - row) * width;
      let write = offset + i * columns + column;
      for (let j = column; j < endColumn; j++) out[write++] = values[read++]!;
    }
  };
}
