import { readFileSync, writeFileSync } from 'node:fs';

/**
 * How much memory is taken from now on.
 *
 * V8's own figures count what has been allocated and not been collected yet, also memory that nobody has touched; they
 * miss what came and went. The kernel's high-water mark of resident memory (Linux) has that. The larger of both counts.
 */
export class PeakMemory {
  readonly #before = allocated();
  readonly #resident: number | undefined;

  /** @param kernel Whether to ask the kernel as well; it counts V8's garbage too, some MB of it. */
  constructor(kernel: boolean) {
    this.#resident = kernel ? restartMark() : undefined;
  }

  /** In bytes. What the garbage collector took away meanwhile makes V8's figure too small, never too large. */
  taken(): number {
    const counted = allocated() - this.#before;
    return this.#resident === undefined ? counted : Math.max(counted, field('VmHWM') - this.#resident);
  }
}

function allocated(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Resident memory now, from which the mark starts again; undefined where the system has no such mark. */
function restartMark(): number | undefined {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return field('VmRSS');
  } catch {
    return undefined;
  }
}

function field(name: string): number {
  const [, kibibytes] = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))!;
  return 1024 * Number(kibibytes);
}
