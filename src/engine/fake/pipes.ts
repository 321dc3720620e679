import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/** Our ends of a container's named pipes. */
export interface Pipes {
  /** Absent: its standard input is empty. */
  readonly stdin?: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Opens our ends before the container opens its own, which would wait for them, and reads only once it has: before,
 * a pipe without writers looks ended. Input is opened for both ways, as for writing alone it must have a reader.
 */
export async function withPipes<T>(
  folder: string,
  openStdin: boolean,
  start: () => Promise<T>,
): Promise<[T, Pipes]> {
  const names = openStdin ? ['stdout', 'stderr', 'stdin'] : ['stdout', 'stderr'];
  const files = names.map((name) =>
    openSync(`${folder}/${name}`, (name === 'stdin' ? O_RDWR : O_RDONLY) | O_NONBLOCK),
  );
  try {
    const started = await start();
    const [stdout = 0, stderr = 0, stdin] = files;
    return [started, { ...ends(stdout, stderr), ...(stdin !== undefined && { stdin: input(stdin) }) }];
  } catch (error) {
    for (const file of files) closeSync(file);
    throw error;
  }
}

function ends(stdout: number, stderr: number): Pick<Pipes, 'stdout' | 'stderr'> {
  return {
    stdout: new Socket({ fd: stdout, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr, readable: true, writable: false }),
  };
}

function input(file: number): Socket {
  const socket = new Socket({ fd: file, readable: false, writable: true });
  // A pipe cannot be shut down, only closed; Node tries both and complains of the first.
  socket.on('error', () => {});
  return socket;
}
