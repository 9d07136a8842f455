import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from '../io/crc32';

/** Identifies a process to another one: process numbers are reused, and every container counts its own. */
export type ProcessId = {
  pid: number;
  /** When the process began, by the clock of its machine; empty where the system does not say. */
  start: string;
  /** Identifies the machine since its last boot, and the container: process numbers can only be compared within it. */
  machine: string;
};

/** Identifies a process of this machine: the current one unless told otherwise. */
export function processId(pid = process.pid): ProcessId {
  return { pid, start: stateOf(pid)?.start ?? '', machine: thisMachine() };
}

/** Whether a process is still there; undefined where that cannot be known here. */
export function isAlive({ pid, start, machine }: ProcessId): boolean | undefined {
  if (machine !== thisMachine()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const state = stateOf(pid);
  if (!start || !state) return undefined;
  // A killed process stays as a zombie (Z or X) until its parent waits for it.
  return state.start === start && !'ZX'.includes(state.letter);
}

let machine: string | undefined;

function thisMachine(): string {
  if (machine === undefined) {
    const boot = tried(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? '';
    const container = tried(() => readlinkSync('/proc/self/ns/pid')) ?? '';
    machine = crc32(new TextEncoder().encode(`${hostname()} ${boot} ${container}`))
      .toString(16)
      .padStart(8, '0');
  }
  return machine;
}

/** Works on Linux only: see proc(5), fields 3 and 22 of `stat`. Field 2 is a name, which may hold anything. */
function stateOf(pid: number): { letter: string; start: string } | undefined {
  const text = tried(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] && fields[19] ? { letter: fields[0], start: fields[19] } : undefined;
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
