import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CacheError } from '../error.ts';
import { createSaid } from './said.ts';

/** How ssh, or what stands for it, ended. */
export interface ProcessEnd {
  /** Absent: a signal ended it. */
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
}

/** A receiver at the far end of a child process; dispose it to end that at once, if it has not ended. */
export interface FarEnd extends AsyncDisposable {
  /** Errors of writing are told by how it ends. */
  readonly input: Writable;
  readonly output: Readable;
  /** The last lines that it, and the receiver, wrote to standard error. */
  saidLines(): string[];
  /** How it ended; `undefined` where it goes on for longer. Throws `UNAVAILABLE` where it could not be started. */
  endWithin(limitMs: number): Promise<ProcessEnd | undefined>;
}

export interface SpawnOptions {
  readonly program: string;
  readonly words: readonly string[];
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

// After SIGTERM ssh says good-bye to the other side; one that hangs is not waited for.
const TERM_MS = 2000;
// What a process wrote before it ended may still be in the pipe. The pipe may also stay open for ever: in the hands of a
// master connection that ssh left behind.
const DRAIN_MS = 200;

/** Starts it in our own session: what ssh asks a person, it asks on the terminal itself. */
export function startFarEnd({ program, words }: SpawnOptions): FarEnd {
  const child: Child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = createSaid();
  child.stderr.on('data', (chunk: Buffer) => said.add(chunk));
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {}); // the end tells
  const ended = endOf(child, program);
  ended.catch(() => {}); // whoever waits for an answer finds out; at a start that fails nobody waits yet
  return {
    input: child.stdin,
    output: child.stdout,
    saidLines: () => said.lines(),
    async endWithin(limitMs) {
      const limit = new AbortController();
      const late = delay(limitMs, undefined, { signal: limit.signal }).catch(() => undefined);
      return await Promise.race([ended, late]).finally(() => limit.abort());
    },
    async [Symbol.asyncDispose]() {
      await terminate(child, ended);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    },
  };
}

function endOf(child: Child, program: string): Promise<ProcessEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ProcessEnd>();
  child.once('error', (cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such program' : cause.message;
    reject(
      new CacheError('UNAVAILABLE', `${program} could not be started: ${why}`, {
        cause,
        hint: 'Artifacts are pushed through the ssh of this machine: install it, or say which with SLIPWAY_SSH.',
      }),
    );
  });
  child.once('exit', (exitCode, signal) => {
    const end = { ...(exitCode !== null && { exitCode }), ...(signal !== null && { signal }) };
    const drained = new Promise<void>((done) => child.stderr.once('close', done));
    void Promise.race([drained, delay(DRAIN_MS, undefined, { ref: false })]).then(() => resolve(end));
  });
  return promise;
}

async function terminate(child: Child, ended: Promise<ProcessEnd>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), TERM_MS);
  await ended.catch(() => {});
  clearTimeout(kill);
}
