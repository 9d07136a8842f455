/** The options of `npm run reference`. */
export type Flags = {
  data: string;
  /** Names of runs, between commas; all unless given. */
  only?: string | undefined;
  epochs: string;
  'linear-epochs': string;
};

/** A number that came out, beside what it should be. */
export type Row = {
  run: string;
  seed: number;
  quantity: string;
  result: number;
  reference: string;
  ok: boolean;
  seconds: number;
};

/** Collects the rows of a run and prints each as it comes. */
export class Report {
  readonly rows: Row[] = [];

  add(row: Row): void {
    this.rows.push(row);
    console.log(
      `${row.ok ? 'ok ' : 'NOT'}  ${row.run.padEnd(42)} seed ${row.seed}  ${row.quantity} ${shown(row.result)}  (reference ${row.reference})  ${row.seconds.toFixed(0)} s`,
    );
  }
}

/** Seconds since a time of `performance.now()`. */
export function since(started: number): number {
  return (performance.now() - started) / 1000;
}

function shown(result: number): string {
  return Math.abs(result) < 0.01 ? result.toExponential(1) : result.toFixed(3);
}
