import type { Socket } from 'node:net';
import type { Attachment, AttachOptions, OutputFrame } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { ApiClient } from './api-client.ts';
import { path, query } from './path.ts';
import { openStream, rawFrames, streamFrames } from './stream.ts';

/**
 * Input and output have a connection each. On one, the failing of a write (the container ended) would take with it
 * the output that has arrived but is not read yet.
 */
export async function attachContainer(
  api: ApiClient,
  id: string,
  options: AttachOptions = {},
): Promise<Attachment> {
  const call = { method: 'POST', doing: `attach to the container ${id}`, signal: options.signal } as const;
  const output = {
    ...call,
    path: path`/containers/${id}/attach` + query({ stream: true, stdout: true, stderr: true }),
  };
  const input = { ...call, path: path`/containers/${id}/attach` + query({ stream: true, stdin: true }) };
  const wanted = options.input === false ? [output] : [output, input];
  const opened = await Promise.allSettled(wanted.map((each) => openStream(api, each)));
  const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = opened.find((each) => each.status === 'rejected');
  const [outputSocket, inputSocket] = sockets;
  if (failed || !outputSocket) {
    for (const socket of sockets) socket.destroy();
    throw failed?.reason;
  }
  return new DockerAttachment({
    api,
    id,
    isTerminal: options.tty ?? false,
    output: outputSocket,
    input: inputSocket,
  });
}

interface Parts {
  readonly api: ApiClient;
  readonly id: string;
  readonly isTerminal: boolean;
  readonly output: Socket;
  readonly input: Socket | undefined;
}

class DockerAttachment implements Attachment {
  readonly output: AsyncIterable<OutputFrame>;
  readonly #id: string;
  readonly #output: Socket;
  readonly #input: Socket | undefined;
  #disposed: boolean = false;

  constructor({ api, id, isTerminal, output, input }: Parts) {
    this.#id = id;
    this.#output = output;
    this.#input = input;
    this.output = this.#frames(api, isTerminal);
    // The engine sends nothing on this one, but its end is only noticed while somebody reads.
    input?.resume();
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    const input = this.#input;
    await new Promise<void>((resolve, reject) => {
      if (!input?.writable) return reject(this.#closed());
      input.write(bytes, (cause) => (cause ? reject(this.#closed(cause)) : resolve()));
    });
  }

  closeInput(): void {
    this.#input?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await Promise.all([this.#output, this.#input].map(closeSocket));
  }

  async *#frames(api: ApiClient, isTerminal: boolean): AsyncGenerator<OutputFrame, void> {
    const read = isTerminal ? rawFrames : streamFrames;
    try {
      yield* read(api, this.#output, { doing: `read the output of the container ${this.#id}` });
    } catch (error) {
      if (!this.#disposed) throw error;
    } finally {
      this.#input?.destroy();
    }
  }

  #closed(cause?: Error): EngineError {
    return new EngineError(
      'CLOSED',
      `cannot write to the container ${this.#id}: its standard input is closed`,
      { cause },
    );
  }
}

async function closeSocket(socket: Socket | undefined): Promise<void> {
  if (!socket || socket.closed) return;
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
