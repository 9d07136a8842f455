// SIMD kernels for the memory of tfjs's wasm backend, in AssemblyScript. scripts/build-wasm.ts compiles them into
// src/backends/wasm/native-bytes.ts and relaxed-bytes.ts. Pointers are in bytes, sizes and strides in values.

/** Rows and columns of one tile, whose sums stay in registers. */
const ROWS: i32 = 4;
const COLUMNS: i32 = 8;
/** Sizes of the blocks that are packed at a time: terms of a sum, rows of the left operand, columns of the right one. */
const INNER_BLOCK: i32 = 512;
const ROW_BLOCK: i32 = 128;
const COLUMN_BLOCK: i32 = 512;

/** Bytes of workspace that `multiply` needs. */
export function workspace(): i32 {
  return 4 * (INNER_BLOCK * (ROW_BLOCK + COLUMN_BLOCK) + ROWS * COLUMNS);
}

/**
 * `c = a · b` of float32 matrices, or `c += a · b`. Strides are in values; c is dense in its rows.
 */
export function multiply(
  a: usize,
  aRow: i32,
  aInner: i32,
  b: usize,
  bInner: i32,
  bColumn: i32,
  c: usize,
  cRow: i32,
  rows: i32,
  inner: i32,
  columns: i32,
  space: usize,
  accumulate: i32,
): void {
  const packedA = space + <usize>(4 * ROWS * COLUMNS);
  const packedB = packedA + <usize>(4 * INNER_BLOCK * ROW_BLOCK);
  const innerStep = blockStep(inner, INNER_BLOCK);
  for (let k = 0; k < inner; k += innerStep) {
    const terms = min(innerStep, inner - k);
    const add = accumulate | i32(k > 0);
    for (let j = 0; j < columns; j += COLUMN_BLOCK) {
      const width = min(COLUMN_BLOCK, columns - j);
      pack(at(b, k * bInner + j * bColumn), bColumn, bInner, width, terms, COLUMNS, packedB);
      for (let i = 0; i < rows; i += ROW_BLOCK) {
        const height = min(ROW_BLOCK, rows - i);
        pack(at(a, i * aRow + k * aInner), aRow, aInner, height, terms, ROWS, packedA);
        block(packedA, packedB, at(c, i * cRow + j), cRow, height, terms, width, space, add);
      }
    }
  }
}

function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}

/** Equal blocks, none above `most`. */
function blockStep(length: i32, most: i32): i32 {
  const blocks = (length + most - 1) / most;
  return blocks === 0 ? most : (length + blocks - 1) / blocks;
}

/** Panels of `width` rows (or columns), each with its terms one after the other; what is missing in the last is 0. */
function pack(from: usize, outerStride: i32, innerStride: i32, outer: i32, inner: i32, width: i32, to: usize): void {
  const line = (<usize>width) << 2;
  for (let first = 0; first < outer; first += width) {
    const lanes = min(width, outer - first);
    const source = at(from, first * outerStride);
    if (lanes === width && outerStride === 1) {
      for (let k = 0; k < inner; k++) {
        const read = at(source, k * innerStride);
        const write = to + <usize>k * line;
        v128.store(write, v128.load(read));
        if (width === 8) v128.store(write, v128.load(read, 16), 16);
      }
    } else if (lanes === width && innerStride === 1) {
      for (let lane = 0; lane < width; lane += 4)
        packTurned(at(source, lane * outerStride), outerStride, inner, line, at(to, lane));
    } else {
      for (let k = 0; k < inner; k++) {
        const read = at(source, k * innerStride);
        const write = to + <usize>k * line;
        for (let lane = 0; lane < width; lane++) {
          f32.store(at(write, lane), lane < lanes ? f32.load(at(read, lane * outerStride)) : 0);
        }
      }
    }
    to += <usize>inner * line;
  }
}

/** Four rows whose terms lie side by side, turned in blocks of 4 × 4. */
function packTurned(from: usize, stride: i32, inner: i32, line: usize, to: usize): void {
  const r0 = from,
    r1 = at(from, stride),
    r2 = at(from, 2 * stride),
    r3 = at(from, 3 * stride);
  let k = 0;
  for (; k + 4 <= inner; k += 4) {
    const o = (<usize>k) << 2;
    const a = v128.load(r0 + o),
      b = v128.load(r1 + o),
      c = v128.load(r2 + o),
      d = v128.load(r3 + o);
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5),
      AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5),
      CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
    to += line;
    v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
    to += line;
    v128.store(to, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
    to += line;
    v128.store(to, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
    to += line;
  }
  for (; k < inner; k++) {
    const o = (<usize>k) << 2;
    f32.store(to, f32.load(r0 + o));
    f32.store(to, f32.load(r1 + o), 4);
    f32.store(to, f32.load(r2 + o), 8);
    f32.store(to, f32.load(r3 + o), 12);
    to += line;
  }
}

/** The product of two packed blocks. */
function block(
  a: usize,
  b: usize,
  c: usize,
  cRow: i32,
  rows: i32,
  inner: i32,
  columns: i32,
  edge: usize,
  add: i32,
): void {
  for (let j = 0; j < columns; j += COLUMNS) {
    const width = min(COLUMNS, columns - j);
    const panelB = at(b, j * inner);
    for (let i = 0; i < rows; i += ROWS) {
      const height = min(ROWS, rows - i);
      const panelA = at(a, i * inner);
      const target = at(c, i * cRow + j);
      if (height === ROWS && width === COLUMNS) {
        tile(panelA, panelB, inner, target, (<usize>cRow) << 2, add);
      } else {
        tile(panelA, panelB, inner, edge, <usize>(4 * COLUMNS), 0);
        for (let row = 0; row < height; row++) {
          for (let column = 0; column < width; column++) {
            const value = f32.load(at(edge, row * COLUMNS + column));
            const place = at(target, row * cRow + column);
            f32.store(place, add ? value + f32.load(place) : value);
          }
        }
      }
    }
  }
}

/** 4 × 8 sums in registers. */
function tile(a: usize, b: usize, inner: i32, c: usize, line: usize, add: i32): void {
  let s00 = f32x4.splat(0),
    s01 = s00,
    s10 = s00,
    s11 = s00,
    s20 = s00,
    s21 = s00,
    s30 = s00,
    s31 = s00;
  const end = a + ((<usize>inner) << 4);
  while (a < end) {
    const left = v128.load(b),
      right = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    s00 = multiplyAdd(x, left, s00);
    s01 = multiplyAdd(x, right, s01);
    x = v128.load_splat<f32>(a, 4);
    s10 = multiplyAdd(x, left, s10);
    s11 = multiplyAdd(x, right, s11);
    x = v128.load_splat<f32>(a, 8);
    s20 = multiplyAdd(x, left, s20);
    s21 = multiplyAdd(x, right, s21);
    x = v128.load_splat<f32>(a, 12);
    s30 = multiplyAdd(x, left, s30);
    s31 = multiplyAdd(x, right, s31);
    a += 16;
    b += 32;
  }
  storeRow(c, s00, s01, add);
  storeRow(c + line, s10, s11, add);
  storeRow(c + 2 * line, s20, s21, add);
  storeRow(c + 3 * line, s30, s31, add);
}

/** `a b + c`, by relaxed SIMD in the module that is compiled with it: rounded once where the processor does that. */
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

/** `x² + y`, which tells whether `multiplyAdd` rounds once here. */
export function squareAdd(x: f32, y: f32): f32 {
  return f32x4.extract_lane(multiplyAdd(f32x4.splat(x), f32x4.splat(x), f32x4.splat(y)), 0);
}

function storeRow(c: usize, left: v128, right: v128, add: i32): void {
  if (add) {
    left = f32x4.add(left, v128.load(c));
    right = f32x4.add(right, v128.load(c, 16));
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}

/** Adds a row to each row, and lets through what is positive where `relu` is 1. A bias at 0 is none. */
export function finish(c: usize, rows: i32, columns: i32, bias: usize, relu: i32): void {
  const zero = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const place = at(c, j);
      let x = v128.load(place);
      if (bias) x = f32x4.add(x, v128.load(at(bias, j)));
      // max(0, NaN) is NaN, as it should be.
      v128.store(place, relu ? f32x4.max(x, zero) : x);
    }
    for (; j < columns; j++) {
      const place = at(c, j);
      let x = f32.load(place);
      if (bias) x += f32.load(at(bias, j));
      f32.store(place, relu ? max<f32>(x, 0) : x);
    }
    c = at(c, columns);
  }
}

/**
 * The windows of an image, one line for each place of the output: `[rows · columns, kernel height, kernel width,
 * channels]`, 0 in the padding. `row` and `lines` name the rows of the output that are wanted.
 */
export function gather(
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  windows: usize,
  row: i32,
  lines: i32,
  columns: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const run = kernelWidth * channels;
  for (let o = row; o < row + lines; o++) {
    for (let p = 0; p < columns; p++) {
      const first = p * strideWidth - left;
      for (let k = 0; k < kernelHeight; k++, windows = at(windows, run)) {
        const i = o * strideHeight - top + k * dilationHeight;
        if (i < 0 || i >= height) {
          clear(windows, run);
        } else if (dilationWidth === 1) {
          const line = at(image, (i * width + first) * channels);
          const start = min(run, max(0, -first) * channels);
          const end = max(start, min(kernelWidth, width - first) * channels);
          clear(windows, start);
          copy(at(line, start), at(windows, start), end - start);
          clear(at(windows, end), run - end);
        } else {
          for (let tap = 0; tap < kernelWidth; tap++) {
            const j = first + tap * dilationWidth;
            const place = at(windows, tap * channels);
            if (j < 0 || j >= width) clear(place, channels);
            else copy(at(image, (i * width + j) * channels), place, channels);
          }
        }
      }
    }
  }
}

/** The transpose of `gather` without dilation: adds each window to the image, what lies in the padding left out. */
export function scatter(
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  windows: usize,
  row: i32,
  lines: i32,
  columns: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const run = kernelWidth * channels;
  for (let o = row; o < row + lines; o++) {
    for (let p = 0; p < columns; p++) {
      const first = p * strideWidth - left;
      const start = min(run, max(0, -first) * channels);
      const end = max(start, min(kernelWidth, width - first) * channels);
      for (let k = 0; k < kernelHeight; k++, windows = at(windows, run)) {
        const i = o * strideHeight - top + k;
        if (i < 0 || i >= height) continue;
        add(at(windows, start), at(image, (i * width + first) * channels + start), end - start);
      }
    }
  }
}

function clear(to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), f32x4.splat(0));
  for (; i < count; i++) f32.store(at(to, i), 0);
}

function copy(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), v128.load(at(from, i)));
  for (; i < count; i++) f32.store(at(to, i), f32.load(at(from, i)));
}

function add(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), f32x4.add(v128.load(at(to, i)), v128.load(at(from, i))));
  for (; i < count; i++) f32.store(at(to, i), f32.load(at(to, i)) + f32.load(at(from, i)));
}

/** So many values are summed in float32; their sums in float64. */
const SUM_BLOCK: i32 = 64;

/** Sums over the middle axis of `[outer, count, inner]`. */
export function sum(from: usize, outer: i32, count: i32, inner: i32, to: usize): void {
  for (let o = 0; o < outer; o++) {
    if (inner === 1) {
      f32.store(to, <f32>sumLine(from, count));
    } else {
      let j = 0;
      // 16 values are a cache line.
      for (; j + 16 <= inner; j += 16) sumWide(at(from, j), count, inner, at(to, j));
      for (; j + 4 <= inner; j += 4) sumNarrow(at(from, j), count, inner, at(to, j));
      for (; j < inner; j++) {
        let total: f64 = 0;
        for (let i = 0; i < count; i++) total += <f64>f32.load(at(from, i * inner + j));
        f32.store(at(to, j), <f32>total);
      }
    }
    from = at(from, count * inner);
    to = at(to, inner);
  }
}

function sumLine(from: usize, count: i32): f64 {
  let total: f64 = 0;
  let i = 0;
  while (i + 16 <= count) {
    let a = f32x4.splat(0),
      b = a,
      c = a,
      d = a;
    const end = min(count - 15, i + 4 * SUM_BLOCK);
    for (; i < end; i += 16) {
      const place = at(from, i);
      a = f32x4.add(a, v128.load(place));
      b = f32x4.add(b, v128.load(place, 16));
      c = f32x4.add(c, v128.load(place, 32));
      d = f32x4.add(d, v128.load(place, 48));
    }
    const sums = f64x2.add(f64x2.add(low(a), high(a)), f64x2.add(low(b), high(b)));
    const more = f64x2.add(f64x2.add(low(c), high(c)), f64x2.add(low(d), high(d)));
    const both = f64x2.add(sums, more);
    total += f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  }
  for (; i < count; i++) total += <f64>f32.load(at(from, i));
  return total;
}

function sumWide(from: usize, count: i32, inner: i32, to: usize): void {
  let a0 = f64x2.splat(0),
    a1 = a0,
    b0 = a0,
    b1 = a0,
    c0 = a0,
    c1 = a0,
    d0 = a0,
    d1 = a0;
  for (let i = 0; i < count; ) {
    let a = f32x4.splat(0),
      b = a,
      c = a,
      d = a;
    for (const end = min(count, i + SUM_BLOCK); i < end; i++) {
      const place = at(from, i * inner);
      a = f32x4.add(a, v128.load(place));
      b = f32x4.add(b, v128.load(place, 16));
      c = f32x4.add(c, v128.load(place, 32));
      d = f32x4.add(d, v128.load(place, 48));
    }
    a0 = f64x2.add(a0, low(a));
    a1 = f64x2.add(a1, high(a));
    b0 = f64x2.add(b0, low(b));
    b1 = f64x2.add(b1, high(b));
    c0 = f64x2.add(c0, low(c));
    c1 = f64x2.add(c1, high(c));
    d0 = f64x2.add(d0, low(d));
    d1 = f64x2.add(d1, high(d));
  }
  storeNarrowed(to, a0, a1);
  storeNarrowed(to + 16, b0, b1);
  storeNarrowed(to + 32, c0, c1);
  storeNarrowed(to + 48, d0, d1);
}

function sumNarrow(from: usize, count: i32, inner: i32, to: usize): void {
  let a0 = f64x2.splat(0),
    a1 = a0;
  for (let i = 0; i < count; ) {
    let a = f32x4.splat(0);
    for (const end = min(count, i + SUM_BLOCK); i < end; i++) a = f32x4.add(a, v128.load(at(from, i * inner)));
    a0 = f64x2.add(a0, low(a));
    a1 = f64x2.add(a1, high(a));
  }
  storeNarrowed(to, a0, a1);
}

function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

function storeNarrowed(to: usize, a: v128, b: v128): void {
  v128.store(to, v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5));
}

/** `ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)`. */
export function softplus(from: usize, count: i32, to: usize): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) v128.store(at(to, i), softplus4(v128.load(at(from, i))));
  for (; i < count; i++) {
    const y = softplus4(v128.load32_splat(at(from, i)));
    f32.store(at(to, i), f32x4.extract_lane(y, 0));
  }
}

function softplus4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  // ln(1 + e) = 2 artanh(s) with s = e / (2 + e), at most 1/3: its series, exact for small e too.
  const s = f32x4.div(e, f32x4.add(f32x4.splat(2), e));
  const q = f32x4.mul(s, s);
  let p = f32x4.splat(1.0 / 15.0);
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 13.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 11.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 9.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 7.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 5.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0 / 3.0));
  p = f32x4.add(f32x4.mul(p, q), f32x4.splat(1.0));
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), f32x4.mul(f32x4.add(s, s), p));
}

/** eˣ for x ≤ 0, by 2ⁿ and the Taylor series on |r| ≤ ln 2 / 2. Below −87 it stays at the smallest normal number. */
function exp4(x: v128): v128 {
  const clamped = f32x4.max(x, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(<f32>Math.LOG2E)));
  // ln 2 in two parts, the first with few bits, so that n times it is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.0 / 720.0);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** One step of Adam, as in src/backends/adam-loop.ts. Outputs may be the inputs of the same kind. */
export function adam(
  variable: usize,
  m: usize,
  v: usize,
  gradient: usize,
  variableOut: usize,
  mOut: usize,
  vOut: usize,
  count: i32,
  beta1: f32,
  gain1: f32,
  beta2: f32,
  gain2: f32,
  stepSize: f32,
  scale2: f32,
  decay: f32,
  epsilon: f32,
): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const g = v128.load(at(gradient, i)),
      x = v128.load(at(variable, i));
    const first = average(v128.load(at(m, i)), beta1, g, gain1);
    const second = average(v128.load(at(v, i)), beta2, f32x4.mul(g, g), gain2);
    v128.store(at(mOut, i), first);
    v128.store(at(vOut, i), second);
    v128.store(at(variableOut, i), moved(x, first, second, stepSize, scale2, decay, epsilon));
  }
  for (; i < count; i++) {
    const g = v128.load32_splat(at(gradient, i)),
      x = v128.load32_splat(at(variable, i));
    const first = average(v128.load32_splat(at(m, i)), beta1, g, gain1);
    const second = average(v128.load32_splat(at(v, i)), beta2, f32x4.mul(g, g), gain2);
    f32.store(at(mOut, i), f32x4.extract_lane(first, 0));
    f32.store(at(vOut, i), f32x4.extract_lane(second, 0));
    f32.store(at(variableOut, i), f32x4.extract_lane(moved(x, first, second, stepSize, scale2, decay, epsilon), 0));
  }
}

/** `beta before + gain x` */
function average(before: v128, beta: f32, x: v128, gain: f32): v128 {
  return f32x4.add(f32x4.mul(f32x4.splat(beta), before), f32x4.mul(f32x4.splat(gain), x));
}

/** `x − (decay x + stepSize m / (scale2 √v + ε))` */
function moved(x: v128, m: v128, v: v128, stepSize: f32, scale2: f32, decay: f32, epsilon: f32): v128 {
  const root = f32x4.add(f32x4.mul(f32x4.sqrt(v), f32x4.splat(scale2)), f32x4.splat(epsilon));
  const step = f32x4.div(f32x4.mul(f32x4.splat(stepSize), m), root);
  return f32x4.sub(x, f32x4.add(f32x4.mul(f32x4.splat(decay), x), step));
}
