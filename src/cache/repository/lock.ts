import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CacheError } from '../error.ts';
import { errorCode } from './file-trouble.ts';

/** One process at a time; see `Repository.withLock`. */
export interface Lock {
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Whether the calling code runs under it already. */
  isHeld(): boolean;
}

/**
 * A lock of the kernel on a file, which Node cannot take itself: the program `flock` takes it and becomes the parent of a
 * `cat` that lives as long as its standard input, which this process holds. However this process ends, the kernel closes
 * that, and the lock is free: there is nothing to expire and nothing to ask for again and again.
 */
export function createLock(file: string): Lock {
  const held = new AsyncLocalStorage<{ holds: boolean }>();
  // Calls of one process wait here, in their order, and not each with a process of its own.
  let last: Promise<unknown> = Promise.resolve();
  return {
    isHeld: () => held.getStore()?.holds === true,
    async run(work, signal) {
      if (held.getStore()?.holds === true) return await work();
      const turn = last.then(async () => {
        await using _held = await holdLock(file, signal);
        const hold = { holds: true };
        try {
          return await held.run(hold, work);
        } finally {
          hold.holds = false; // what the work left running is not under it any more
        }
      });
      last = turn.catch(() => {});
      return await turn;
    },
  };
}

async function holdLock(file: string, signal: AbortSignal | undefined): Promise<AsyncDisposable> {
  signal?.throwIfAborted();
  // A group of its own: what a terminal or sshd sends to this process's group must not free the lock before its work ends.
  const child = spawn('flock', [file, 'cat'], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const ended = Promise.withResolvers<string>();
  ended.promise.catch(() => {});
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-1000);
  });
  child.once('error', ended.reject);
  child.once('close', () => ended.resolve(stderr));
  child.stdin.on('error', () => {}); // it ended: `close` tells
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([answer(child), ended.promise.then((text) => refuse(file, text, signal))]);
  } catch (cause) {
    child.stdin.destroy();
    throw errorCode(cause) === 'ENOENT' ? noFlock(cause) : cause;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended.promise;
    },
  };
}

/** `cat` starts when the lock is there, and says what it is told. */
async function answer({ stdin, stdout }: ChildProcess): Promise<void> {
  if (stdin === null || stdout === null) return; // never: both are pipes
  stdin.write('.');
  await once(stdout, 'data');
}

function refuse(file: string, stderr: string, signal: AbortSignal | undefined): never {
  signal?.throwIfAborted();
  const said = stderr.trim() === '' ? 'it ended' : stderr.trim();
  throw new CacheError('BAD_REPOSITORY', `Could not lock ${file} with flock: ${said}`);
}

const noFlock = (cause: unknown): CacheError =>
  new CacheError(
    'BAD_REPOSITORY',
    'Could not lock the repository: the program flock is not on this machine',
    {
      cause,
      hint: 'Install util-linux (or busybox), which has it.',
    },
  );
