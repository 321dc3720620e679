import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ContainerAddition } from '../../task/feature.ts';
import type { TaskContext } from '../../task/task-context.ts';

const TARGET = '/.slipway-interactive';
const PIPE = 'hold';

// Opened for both directions, which waits for nobody; a line that was written before is read at once.
const WRAPPER = `"$@"
code=$?
read -r line <> ${TARGET}/${PIPE}
exit $code`;

/** Keeps a container there after its command has ended, for those who may still come. */
export interface ContainerHold {
  readonly addition: ContainerAddition;
  /** The container runs: it stays for at least as long. */
  begin(): void;
  /** A session goes on until this is disposed. */
  session(): Disposable;
  /** Lets the container end, for good. */
  lift(): Promise<void>;
}

/**
 * Prepares a pipe that the container's shell waits at, after the command. `maxRunTime` ends the waiting in any case: it is
 * the container that runs.
 */
export async function holdContainer(task: TaskContext): Promise<ContainerHold> {
  const { minTimeMs, expirationAfterSessionMs } = task.settings.interactive;
  const folder = join(task.folder, 'interactive');
  await mkdir(folder, { mode: 0o755 });
  const path = join(folder, PIPE);
  await promisify(execFile)('mkfifo', ['-m', '0666', path]);
  // Held open here: a line stays in it until the container's shell has read it.
  const pipe = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  let sessions = 0;
  let until = 0;
  let timer: NodeJS.Timeout | undefined;
  let turn = Promise.resolve();
  const release = (): void => {
    turn = turn.then(() => letGo(pipe));
  };
  const hold = (ms: number): void => {
    until = Math.max(until, task.now() + ms);
    clearTimeout(timer);
    if (sessions === 0) timer = setTimeout(release, Math.max(0, until - task.now()));
  };
  return {
    addition: {
      mounts: [{ source: folder, target: TARGET, readOnly: true }],
      wrapCommand: (command) => ['/bin/sh', '-c', WRAPPER, 'sh', ...command],
    },
    begin: () => hold(minTimeMs),
    session() {
      sessions += 1;
      clearTimeout(timer);
      turn = turn.then(() => keepOn(pipe)); // the command may still run, long after the time for sessions was over
      let isOver = false;
      return {
        [Symbol.dispose]() {
          if (isOver) return;
          isOver = true;
          sessions -= 1;
          hold(expirationAfterSessionMs);
        },
      };
    },
    async lift() {
      clearTimeout(timer);
      release();
      await turn;
      await pipe.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A pipe that is full already lets the shell go on as well. */
async function letGo(pipe: FileHandle): Promise<void> {
  await pipe.write('\n').catch(() => undefined);
}

/** Takes back that the shell may go on. It is too late where the shell has read so. */
async function keepOn(pipe: FileHandle): Promise<void> {
  const few = Buffer.alloc(64);
  await pipe.read(few, 0, few.length, null).catch(() => undefined);
}
