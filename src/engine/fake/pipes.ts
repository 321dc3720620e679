import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Our ends of a container's named pipes. */
export interface Pipes {
  /** Absent: its standard input is empty. */
  readonly stdin?: Socket;
  readonly stdout: Socket;
  /** Absent: it goes where standard output goes. */
  readonly stderr?: Socket;
}

/** Which pipes a container has beside the one for its output. */
export interface PipeChoice {
  readonly stdin: boolean;
  readonly stderr: boolean;
}

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Opens our ends before the container opens its own, which would wait for them, and reads only once it has: before,
 * a pipe without writers looks ended. Input is opened for both ways, as for writing alone it must have a reader.
 */
export async function withPipes<T>(
  folder: string,
  has: PipeChoice,
  start: () => Promise<T>,
): Promise<[T, Pipes]> {
  const files: number[] = [];
  const open = (name: string, flags: number): number => {
    const file = openSync(`${folder}/${name}`, flags | O_NONBLOCK);
    files.push(file);
    return file;
  };
  try {
    const stdout = open('stdout', O_RDONLY);
    const stderr = has.stderr ? open('stderr', O_RDONLY) : undefined;
    const stdin = has.stdin ? open('stdin', O_RDWR) : undefined;
    const started = await start();
    const pipes = {
      stdout: output(stdout),
      ...(stderr !== undefined && { stderr: output(stderr) }),
      ...(stdin !== undefined && { stdin: input(stdin) }),
    };
    return [started, pipes];
  } catch (error) {
    for (const file of files) closeSync(file);
    throw error;
  }
}

const output = (file: number): Socket => new Socket({ fd: file, readable: true, writable: false });

function input(file: number): Socket {
  const socket = new Socket({ fd: file, readable: false, writable: true });
  // A pipe cannot be shut down, only closed; Node tries both and complains of the first.
  socket.on('error', () => {});
  return socket;
}
