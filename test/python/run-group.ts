import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Task } from './programs/group';
import { python, pythonEnvironment } from './python';

const program = fileURLToPath(new URL('programs/group.ts', import.meta.url));

/** How one process ended, and when. */
type End = { code: number | null; stderr: string; at: number };

/** Processes that run. */
export type RunningGroup = {
  readonly ended: Promise<End[]>;
  /** Ends the launcher of a process at once. */
  kill(rank: number): void;
  /** Ends the program of a process at once. */
  killProgram(rank: number): void;
  /** Waits until all have joined and are about to train. */
  joined(): Promise<void>;
  /** Waits for a checkpoint of so many steps. */
  reaches(store: string, steps: number): Promise<void>;
  /** The launchers and programs of this group that are still there. */
  alive(): string[];
};

/** Starts the program of the tests once for each process, as a scheduler of a cluster would. */
export function runGroup(size: number, task: Task, node = ['--import', 'tsx']): RunningGroup {
  const mark = `${task.out}/`;
  const given = JSON.stringify({ ...task, out: mark });
  let launchers: ChildProcess[] = [];
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      if (launchers.some(launcher => launcher.exitCode !== null)) throw new Error('the group ended before that');
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  for (let rank = 0; rank < size; rank++) rmSync(`${mark}joined-${rank}`, { force: true });
  const start = async () => {
    const port = await freePort();
    launchers = Array.from({ length: size }, (_, rank) => {
      const environment = { RANK: `${rank}`, WORLD_SIZE: `${size}`, MASTER_ADDR: '127.0.0.1', MASTER_PORT: `${port}` };
      const args = ['-m', 'tfjs_vae.run', process.execPath, ...node, program, given];
      return spawn(python, args, { env: pythonEnvironment(environment), stdio: ['ignore', 'inherit', 'pipe'] });
    });
    return Promise.all(launchers.map(endOf));
  };
  return {
    ended: start(),
    kill: rank => void launchers[rank]?.kill('SIGKILL'),
    killProgram(rank) {
      const program = processes().find(({ parent }) => parent === launchers[rank]?.pid);
      if (program) process.kill(program.id, 'SIGKILL');
    },
    joined: () => until(() => Array.from({ length: size }).every((_, rank) => existsSync(`${mark}joined-${rank}`))),
    reaches(store, steps) {
      const stepsOf = (name: string) => Number(/^step-(\d+)/.exec(name)?.[1] ?? -1);
      return until(() => existsSync(store) && readdirSync(store).some(name => stepsOf(name) >= steps));
    },
    alive: () =>
      processes()
        .map(({ command }) => command)
        .filter(command => command.includes(mark)),
  };
}

function endOf(launcher: ChildProcess): Promise<End> {
  let stderr = '';
  launcher.stderr!.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  return new Promise(resolve => {
    launcher.on('close', code => resolve({ code, stderr, at: performance.now() }));
  });
}

/** All processes; Linux alone tells them. */
function processes(): { id: number; parent: number; command: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        // Behind the name in brackets, which may hold anything, stand state and parent.
        const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
        return [{ id: Number(name), parent, command }];
      } catch {
        return []; // It has ended since.
      }
    });
}

/** A port that nobody uses now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
