import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { OutputFrame } from '../engine.ts';
import type { ContainerInput } from './container-input.ts';
import { exitCodeOf } from './exit-code.ts';
import type { FrameQueue } from './frame-queue.ts';
import { type Launch, launch } from './launch.ts';
import type { LogTail } from './log-tail.ts';
import { withPipes } from './pipes.ts';

/** Where the streams of a run lead. */
export interface RunStreams {
  /** Absent: empty. */
  readonly input: ContainerInput | undefined;
  /** Both streams are one, with the line ends of a terminal; it is none. */
  readonly tty: boolean;
  readonly log: LogTail;
  /** The attachments' queues; looked at for every piece, as attachments come and go. */
  readonly queues: Set<FrameQueue>;
}

/** One run of a container, from its start to its end. */
export interface Run {
  /** The container's process 1, in this machine's numbers. */
  readonly processId: number;
  /** Resolves with the exit code when the process has ended and all it printed is in the log. */
  readonly ended: Promise<number>;
  /** Ends all its processes. */
  kill(): void;
}

/** Throws `START_FAILED`. */
export async function startRun(options: Launch, streams: RunStreams): Promise<Run> {
  const has = { stdin: streams.input !== undefined, stderr: !streams.tty };
  const [{ child, processId }, pipes] = await withPipes(options.folder, has, () => launch(options));
  if (pipes.stdin) streams.input?.connect(pipes.stdin);
  const exited = exitCodeOf(child);
  const pumped = [
    pump(pipes.stdout, 'stdout', { ...streams, exited }),
    pipes.stderr && pump(pipes.stderr, 'stderr', { ...streams, exited }),
  ];
  const ended = Promise.all(pumped).then(async () => {
    const exitCode = await exited;
    for (const queue of streams.queues) queue.end();
    streams.input?.close();
    pipes.stdin?.destroy();
    return exitCode;
  });
  return { processId, ended, kill: () => kill(child) };
}

/** Reads no faster than the slowest attachment; after the end no more than a pipe holds is left, and nobody waits. */
async function pump(
  source: Socket,
  stream: OutputFrame['stream'],
  { log, queues, tty, exited }: RunStreams & { exited: Promise<number> },
): Promise<void> {
  for await (const printed of source) {
    const bytes = tty ? withTerminalEnds(printed) : printed;
    log.append(bytes);
    const taken = [...queues].map((queue) => queue.push({ stream, bytes }));
    await Promise.race([Promise.all(taken), exited]);
  }
}

function withTerminalEnds(printed: Buffer): Buffer {
  return Buffer.from(printed.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}

function kill(child: ChildProcess): void {
  // What goes with it, by `--kill-child`, are process 1 and with that the whole namespace.
  child.kill('SIGKILL');
}
