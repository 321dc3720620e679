import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { Engine, Terminal } from '../../../engine/index.ts';
import { MESSAGE, parseShellRequest, shellRequest } from './message-code.ts';
import { runSession, type SessionOptions } from './run-session.ts';

/** A process that a test plays. */
class FakeTerminal implements Terminal {
  readonly typed: string[] = [];
  readonly sizes: unknown[] = [];
  readonly #printed = new TransformStream<Buffer, Buffer>();
  readonly #writer = this.#printed.writable.getWriter();
  readonly #ended = Promise.withResolvers<number>();
  readonly output = this.#printed.readable;
  readonly ended = this.#ended.promise;
  isDisposed = false;
  reads = Promise.resolve();
  print(text: string): Promise<void> {
    return this.#writer.write(Buffer.from(text));
  }
  async exit(code: number): Promise<void> {
    this.#ended.resolve(code);
    await this.#writer.close();
  }
  async write(bytes: string | Uint8Array): Promise<void> {
    await this.reads;
    this.typed.push(Buffer.from(bytes).toString());
  }
  async resize(size: unknown): Promise<void> {
    this.sizes.push(size);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

const server = createServer();
const sockets = new WebSocketServer({ server });
let terminal: FakeTerminal;
let ending: AbortController;
let client: WebSocket;
let messages: Buffer[];
let session: Promise<void>;

async function begin(options: Partial<SessionOptions> = {}): Promise<void> {
  const openTerminal = vi.fn(() => Promise.resolve<Terminal>(terminal));
  // Of the engine a session uses nothing else.
  const engine = { openTerminal } as unknown as Engine;
  const request = { command: ['sh'], tty: true };
  sockets.once('connection', (socket) => {
    session = runSession(socket, { engine, containerId: 'c', request, signal: ending.signal, ...options });
  });
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('message', (data: Buffer) => messages.push(data));
  await once(client, 'open');
}

beforeEach(async () => {
  terminal = new FakeTerminal();
  ending = new AbortController();
  messages = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  client.terminate();
  await session;
  server.close();
  await once(server, 'close');
});

/** An engine that opens no terminal. */
const refusing = (words: string, inspectContainer: () => Promise<unknown>): Engine =>
  ({ openTerminal: () => Promise.reject(new Error(words)), inspectContainer }) as unknown as Engine; // all that a session uses

const send = (code: number, ...bytes: readonly number[]): void => client.send(Buffer.of(code, ...bytes));
const got = (code: number): string[] =>
  messages.filter(([first]) => first === code).map((each) => each.subarray(1).toString());

describe('a session of a shell', () => {
  it('says when it is ready, prints, and says how the process ended', async () => {
    await begin();
    await terminal.print('hello');
    await terminal.exit(7);
    await once(client, 'close');
    expect(messages.map(([code]) => code)).toEqual([MESSAGE.resume, MESSAGE.stdout, MESSAGE.stopped]);
    expect([got(MESSAGE.stdout), messages.at(-1)?.[1]]).toEqual([['hello'], 7]);
    await vi.waitFor(() => expect(terminal.isDisposed).toBe(true), { timeout: 20_000 });
  });

  it('types and resizes in order, also what came before the process was there', async () => {
    await begin();
    client.send(Buffer.concat([Buffer.of(MESSAGE.stdin), Buffer.from('one')]));
    send(MESSAGE.resize, 24, 0, 80, 0);
    send(MESSAGE.end);
    await vi.waitFor(() => expect(terminal.typed).toEqual(['one', '\u0004']), { timeout: 20_000 });
    expect(terminal.sizes).toEqual([{ rows: 24, columns: 80 }]);
  });

  it('takes no sizes that are none, and no codes that it does not know', async () => {
    await begin();
    send(MESSAGE.resize, 0, 0, 80, 0);
    send(MESSAGE.resize, 255, 255, 255, 255);
    send(MESSAGE.resize, 1);
    send(77, 1, 2, 3);
    send(MESSAGE.end);
    await vi.waitFor(() => expect(terminal.typed).toHaveLength(1), { timeout: 20_000 });
    expect(terminal.sizes).toEqual([]);
  });

  it.each([
    ['a text', 'text'],
    ['nothing', Buffer.of()],
  ])('ends at a message that is %s', async (_what, message) => {
    await begin();
    client.send(message);
    await once(client, 'close');
    await vi.waitFor(() => expect(terminal.isDisposed).toBe(true), { timeout: 20_000 });
  });

  it('prints nothing while the client wants nothing', async () => {
    await begin();
    send(MESSAGE.pause);
    send(MESSAGE.end);
    await vi.waitFor(() => expect(terminal.typed).toHaveLength(1), { timeout: 20_000 }); // so the pause has come too
    const printed = terminal.print('late');
    client.ping();
    await once(client, 'pong');
    expect(got(MESSAGE.stdout)).toEqual([]);
    send(MESSAGE.resume);
    await printed;
    await vi.waitFor(() => expect(got(MESSAGE.stdout)).toEqual(['late']), { timeout: 20_000 });
  });

  it('takes no more than a little of what a process does not read', async () => {
    await begin();
    const reading = Promise.withResolvers<void>();
    terminal.reads = reading.promise;
    const piece = Buffer.concat([Buffer.of(MESSAGE.stdin), Buffer.alloc(512 * 1024, 'x')]);
    for (let i = 0; i < 64; i += 1) client.send(piece);
    await vi.waitFor(() => expect(client.bufferedAmount).toBeGreaterThan(0), { timeout: 20_000 });
    reading.resolve();
    await vi.waitFor(() => expect(terminal.typed).toHaveLength(64), { timeout: 20_000 });
  });

  it('ends with its container, and says so', async () => {
    await begin();
    ending.abort();
    await once(client, 'close');
    expect(messages.at(-1)?.[0]).toBe(MESSAGE.shutdown);
  });

  it('ends when nothing was typed for long', async () => {
    await begin({ idleMs: 20 });
    await once(client, 'close');
    expect(got(MESSAGE.error)).toEqual(['nothing was typed for too long']);
  });

  it('says why no process could be started', async () => {
    await begin({ engine: refusing('no such command', async () => ({ running: true })) });
    await once(client, 'close');
    expect(got(MESSAGE.error)).toEqual(['no such command']);
    await begin({ engine: refusing('no engine answers', () => Promise.reject(new Error('no engine'))) });
    await once(client, 'close');
    expect(got(MESSAGE.error).at(-1)).toBe('no engine answers');
  });

  it.each([{ running: false }, undefined])(
    'says that the container has ended where that is why: %o',
    async (found) => {
      await begin({ engine: refusing('the container c is not running', async () => found) });
      await once(client, 'close');
      expect(messages).toEqual([Buffer.of(MESSAGE.shutdown)]);
    },
  );

  it('ends with its container also where the client takes nothing any more', async () => {
    await begin();
    client.pause();
    const much = Buffer.alloc(1024 * 1024, 'x').toString();
    const printing = (async () => {
      for (let i = 0; i < 64; i += 1) await terminal.print(much);
    })();
    printing.catch(() => undefined);
    ending.abort();
    await session;
    expect(terminal.isDisposed).toBe(true);
  });

  it('lets go of its process when the client is gone', async () => {
    await begin();
    client.terminate();
    await session;
    expect(terminal.isDisposed).toBe(true);
  });
});

describe('what a client asks for', () => {
  it('is a shell, or the command that it names', async () => {
    await begin();
    expect(shellRequest(new URLSearchParams())).toEqual({ command: ['sh'], tty: true });
    expect(shellRequest(new URLSearchParams('tty=false&command=ls&command=-l'))).toEqual({
      command: ['ls', '-l'],
      tty: false,
    });
  });

  it.each([
    '',
    '{}',
    '[]',
    'null',
    '{"command":"ls","tty":true}',
    '{"command":[],"tty":true}',
    '{"command":["a\\u0000b"],"tty":true}',
    '{"command":[1],"tty":true}',
    '{"command":["ls"]}',
    `{"command":${JSON.stringify(Array(65).fill('x'))},"tty":true}`,
    `{"command":["${'x'.repeat(20_000)}"],"tty":true}`,
  ])('is nothing else: %.40s', async (text) => {
    await begin();
    expect(parseShellRequest(text)).toBeUndefined();
  });
});
