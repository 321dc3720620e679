import { once } from 'node:events';
import type { RawData, WebSocket } from 'ws';
import type { Terminal, TerminalSize } from '../../engine/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import { CommandError } from '../command-error.ts';

/** The first byte of a message of a shell's socket (docs/contracts/features.md). */
const MESSAGE = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  resize: 50,
  end: 102,
  stopped: 200,
  shutdown: 201,
  error: 202,
};

const SHELL = 'private/docker-worker/shell.html';
const HANDSHAKE_MS = 30_000; // a server waits ten seconds for the worker
const NORMAL = 1000;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** A terminal in the container of a task. */
export interface RemoteTerminal extends Terminal {
  /** Nothing more is typed. */
  endInput(): void;
  /** Why it ended before its process did. */
  readonly problem: string | undefined;
}

export interface DialOptions {
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly runId: number;
  readonly command: readonly string[];
  readonly signal: AbortSignal;
}

/** Opens a shell in the container of a run. Throws `CommandError` where there is none, or it may not be opened. */
export async function dialShell(options: DialOptions): Promise<RemoteTerminal> {
  const { WebSocket } = await import('ws');
  const url = await socketUrl(options);
  for (const word of options.command) url.searchParams.append('command', word);
  url.searchParams.set('tty', 'true');
  const isOwn = url.origin === new URL(options.queue.rootUrl.replace(/^http/, 'ws')).origin;
  const signed = isOwn
    ? options.queue.signUrl(url.href.replace(/^ws/, 'http')).replace(/^http/, 'ws')
    : url.href;
  const socket: WebSocket = new WebSocket(signed, {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const terminal = terminalOver(socket);
  try {
    await once(socket, 'open', { signal: options.signal });
  } catch (error) {
    socket.terminate();
    options.signal.throwIfAborted();
    throw refusal(options, error);
  }
  return terminal;
}

async function socketUrl({ queue, taskId, runId, signal }: DialOptions): Promise<URL> {
  if (await queue.isSlipway({ signal }))
    return new URL(
      `${queue.rootUrl.replace(/^http/, 'ws')}/api/slipway/v1/task/${taskId}/runs/${runId}/shell`,
    );
  const content = await queue.artifactContent(taskId, runId, SHELL, { signal });
  const page = 'url' in content ? URL.parse(content.url) : null;
  const found = URL.parse(page?.searchParams.get('socketUrl') ?? '');
  if (found === null || !/^wss?:$/.test(found.protocol))
    throw new CommandError(`the artifact ${SHELL} of task ${taskId} leads to no shell`);
  return found;
}

function refusal({ taskId, runId }: DialOptions, error: unknown): CommandError {
  const [, status = ''] = /Unexpected server response: (\d+)/.exec(String(error)) ?? [];
  const hints: Readonly<Record<string, string>> = {
    401: 'the credentials are not accepted: look at TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN',
    403: `this needs the scope queue:get-artifact:${SHELL}`,
    404: 'it has to run, with features.interactive; its container may not be there yet, or not any more',
  };
  const why = hints[status] ?? (error instanceof Error ? error.message : String(error));
  return new CommandError(`no shell could be opened in run ${runId} of task ${taskId}`, why);
}

const message = (code: number, bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(code), bytes]);

function terminalOver(socket: WebSocket): RemoteTerminal {
  const printed: Buffer[] = [];
  let arrived = Promise.withResolvers<void>();
  let problem: string | undefined;
  let hasStopped = false;
  const ended = Promise.withResolvers<number>();
  const wake = (): void => {
    arrived.resolve();
    arrived = Promise.withResolvers<void>();
  };
  socket.on('error', () => undefined); // its closing follows
  socket.on('message', (data: RawData) => {
    if (!Buffer.isBuffer(data) || data.length === 0) return;
    const rest = data.subarray(1);
    if (data[0] === MESSAGE.stdout || data[0] === MESSAGE.stderr) printed.push(rest);
    else if (data[0] === MESSAGE.stopped) {
      hasStopped = true;
      ended.resolve(rest[0] ?? -1);
    } else if (data[0] === MESSAGE.shutdown) problem = 'the container has ended';
    else if (data[0] === MESSAGE.error) problem = rest.toString().slice(0, 1000);
    if (printed.length > 0) socket.pause(); // until it was shown
    wake();
  });
  socket.once('close', (code: number) => {
    if (!hasStopped) problem ??= code === NORMAL ? 'the server has closed it' : 'the connection was lost';
    ended.resolve(-1);
    wake();
  });
  async function* output(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const more = arrived.promise;
      for (let bytes = printed.shift(); bytes !== undefined; bytes = printed.shift()) yield bytes;
      if (socket.readyState === socket.CLOSED) return;
      socket.resume();
      await more;
    }
  }
  const send = (code: number, bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) resolve();
      else socket.send(message(code, bytes), () => resolve());
    });
  return {
    output: output(),
    write: (bytes) => send(MESSAGE.stdin, Buffer.from(bytes)),
    async resize({ rows, columns }: TerminalSize) {
      const size = Buffer.alloc(4);
      size.writeUInt16LE(rows, 0);
      size.writeUInt16LE(columns, 2);
      await send(MESSAGE.resize, size);
    },
    endInput: () => void send(MESSAGE.end, new Uint8Array()),
    get problem() {
      return problem;
    },
    ended: ended.promise,
    async [Symbol.asyncDispose]() {
      if (socket.readyState === socket.CLOSED) return;
      socket.resume();
      socket.close(NORMAL);
      const timer = setTimeout(() => socket.terminate(), 1000);
      await once(socket, 'close');
      clearTimeout(timer);
    },
  };
}
