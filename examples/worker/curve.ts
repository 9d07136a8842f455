/** A number at a step. */
export type Point = { steps: number; value: number };

const MARGIN = { left: 44, right: 12, top: 8, bottom: 24 };
const COLOURS = { axis: '#8a94a6', grid: '#e9edf3', train: '#2f6fed', test: '#e8710a' };

/** Draws the batches as a line and the epochs as a line with dots. */
export function drawCurve(canvas: HTMLCanvasElement, train: readonly Point[], test: readonly Point[]): void {
  const { clientWidth, clientHeight } = canvas;
  canvas.width = clientWidth * devicePixelRatio;
  canvas.height = clientHeight * devicePixelRatio;
  const context = canvas.getContext('2d')!;
  context.scale(devicePixelRatio, devicePixelRatio);
  const all = [...train, ...test];
  const first = Math.min(...all.map(p => p.steps), Infinity);
  const from = Number.isFinite(first) ? first : 0;
  const to = Math.max(from + 10, ...all.map(p => p.steps));
  const [low, high] = rangeOf(all.map(p => p.value));
  const x = (steps: number) =>
    MARGIN.left + ((steps - from) / (to - from)) * (clientWidth - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    MARGIN.top + ((high - value) / (high - low)) * (clientHeight - MARGIN.top - MARGIN.bottom);

  context.font = '12px system-ui, sans-serif';
  context.fillStyle = COLOURS.axis;
  context.textBaseline = 'middle';
  for (const value of ticks(low, high)) {
    context.strokeStyle = COLOURS.grid;
    context.beginPath();
    context.moveTo(MARGIN.left, y(value));
    context.lineTo(clientWidth - MARGIN.right, y(value));
    context.stroke();
    context.textAlign = 'right';
    context.fillText(String(value), MARGIN.left - 8, y(value));
  }
  context.textBaseline = 'bottom';
  for (const steps of ticks(from, to)) {
    context.textAlign = 'center';
    context.fillText(steps.toLocaleString('en'), Math.min(x(steps), clientWidth - 20), clientHeight);
  }
  line(context, train, x, y, COLOURS.train, 1.25);
  line(context, test, x, y, COLOURS.test, 2.5);
  context.fillStyle = COLOURS.test;
  for (const { steps, value } of test) {
    context.beginPath();
    context.arc(x(steps), y(value), 3, 0, 2 * Math.PI);
    context.fill();
  }
}

function line(
  context: CanvasRenderingContext2D,
  points: readonly Point[],
  x: (steps: number) => number,
  y: (value: number) => number,
  colour: string,
  width: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.beginPath();
  for (const { steps, value } of points) context.lineTo(x(steps), y(value));
  context.stroke();
}

/** The first steps are far above the rest, so the highest few in a hundred are cut off. */
function rangeOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 100];
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[0]!;
  const high = Math.max(sorted[Math.floor(0.97 * (sorted.length - 1))]!, low + 1);
  const room = 0.06 * (high - low);
  return [low - room, high + room];
}

/** Round numbers, four to ten of them. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [5, 2, 1].find(factor => factor * power <= rough)!;
  const found: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(Number(value.toPrecision(6)));
  return found;
}
