import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Terminal, TerminalOptions, TerminalSize } from '../engine.ts';
import { EngineError } from '../error.ts';
import { requestDone } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { refusalError } from './errors.ts';
import { createExecution, inspectExecution, waitForExecution } from './execution.ts';
import { path, query } from './path.ts';
import { openStream } from './stream.ts';

const STREAMS = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true };

export async function openTerminal(api: ApiClient, id: string, options: TerminalOptions): Promise<Terminal> {
  const { command, size } = options;
  const call = { doing: `open a terminal for ${command[0] ?? 'nothing'} in the container ${id}` };
  // Engines before API 1.42 do not look at this one, and those after do not know how large it is without.
  const console = size && { ConsoleSize: [size.rows, size.columns] };
  const execution = await createExecution(api, id, options, { ...call, streams: { ...STREAMS, ...console } });
  const json = { Detach: false, Tty: true, ...console };
  const start = { ...call, method: 'POST', path: path`/exec/${execution}/start`, json } as const;
  const socket = await openStream(api, start);
  try {
    await expectStarted(api, { execution, socket, call });
    const terminal = new DockerTerminal(api, execution, socket);
    if (size) await terminal.resize(size);
    return terminal;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

interface Starting {
  readonly execution: string;
  readonly socket: Socket;
  readonly call: Pick<Call, 'doing'>;
}

/** Throws `START_FAILED`. The engine hands over the connection first and says on it why it could not. */
async function expectStarted(api: ApiClient, { execution, socket, call }: Starting): Promise<void> {
  const state = await waitForExecution(
    api,
    execution,
    call,
    ({ processId, exitCode }) => processId !== 0 || exitCode !== undefined,
  );
  if (state && state.processId !== 0) return;
  let message = '';
  for await (const chunk of socket) {
    message += String(chunk);
    if (message.length > REASON_LIMIT_LENGTH) break;
  }
  throw refusalError({ status: 500, message: message.trim(), doing: call.doing }, 'start');
}

const REASON_LIMIT_LENGTH = 4096;

/** What a person types to leave a shell: Ctrl-C drops what is half typed, Ctrl-D ends the input. */
const LEAVE = '\u0003\u0004';
/** A shell that is changing the settings of its terminal loses what was typed just before; so it is typed again. */
const LEAVE_TRIES = 5;
const LEAVE_PAUSE_MS = 200;

class DockerTerminal implements Terminal {
  readonly output: AsyncIterable<Buffer>;
  readonly ended: Promise<number>;
  readonly #api: ApiClient;
  readonly #execution: string;
  readonly #socket: Socket;
  readonly #released = new AbortController();

  constructor(api: ApiClient, execution: string, socket: Socket) {
    this.#api = api;
    this.#execution = execution;
    this.#socket = socket;
    this.output = this.#read();
    this.ended = this.#end();
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    const closed = (cause?: Error) =>
      new EngineError('CLOSED', 'cannot type on the terminal: its process has ended', { cause });
    await new Promise<void>((resolve, reject) => {
      if (!this.#socket.writable) return reject(closed());
      this.#socket.write(bytes, (cause) => (cause ? reject(closed(cause)) : resolve()));
    });
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    const call = {
      method: 'POST',
      path: path`/exec/${this.#execution}/resize` + query({ h: rows, w: columns }),
      doing: 'change the size of the terminal',
    } as const;
    try {
      await requestDone(this.#api, call, { fine: [404] });
    } catch (error) {
      if (!(await this.#hasEnded())) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Closing the connection does not close the terminal: the engine keeps it, and the process on it.
    if (this.#socket.writable) await leave(this.#socket);
    this.#socket.destroy();
    this.#released.abort();
    await this.ended;
  }

  async *#read(): AsyncGenerator<Buffer, void> {
    try {
      yield* this.#socket;
    } catch (cause) {
      if (this.#released.signal.aborted || (await this.#hasEnded())) return;
      throw this.#api.explain(cause, { doing: 'read the terminal' });
    }
  }

  async #hasEnded(): Promise<boolean> {
    const state = await inspectExecution(this.#api, this.#execution, { doing: 'ask for the terminal' });
    return !state || state.exitCode !== undefined;
  }

  async #end(): Promise<number> {
    // A process that ends at once has closed it before this was looked at.
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve));
    const call = { doing: 'wait for the end of the terminal', signal: this.#released.signal };
    const isEnded = ({ exitCode }: { exitCode?: number }) => exitCode !== undefined;
    const state = await waitForExecution(this.#api, this.#execution, call, isEnded).catch(() => undefined);
    return state?.exitCode ?? -1;
  }
}

/** Resolves when the process has ended, or was asked to often enough. */
async function leave(socket: Socket): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve));
  for (let tries = 0; tries < LEAVE_TRIES && socket.writable; tries += 1) {
    socket.write(LEAVE);
    await Promise.race([closed, delay(LEAVE_PAUSE_MS, undefined, { ref: false })]);
    if (socket.readableEnded || socket.closed) return;
  }
}
