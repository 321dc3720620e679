import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** As they were sent, without the first line. */
  readonly headerLines: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface RawClient extends Disposable {
  readonly socket: Socket;
  send(text: string): void;
  /** The next answer; its body is as long as it says, or reaches to the end of the connection if `isHead` does not forbid one. */
  response(options?: { readonly isHead?: boolean }): Promise<RawResponse>;
  /** All that comes until the other side closes, and whether it closed in order. */
  rest(): Promise<{ readonly bytes: Buffer; readonly isReset: boolean }>;
}

/** A request without a body. */
export function requestText(headers: Readonly<Record<string, string>> = {}, method = 'GET'): string {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} / HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Speaks to a server as no client does. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  let end: 'closed' | 'reset' | undefined;
  let wake = (): void => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  const ended = (how: 'closed' | 'reset') => (): void => {
    end ??= how;
    wake();
  };
  socket.on('end', ended('closed')).on('error', ended('reset')).on('close', ended('reset'));
  const more = async (): Promise<void> => {
    if (end !== undefined) throw new Error(`the connection was ${end} after ${received.length} bytes`);
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
  };
  const take = (size: number): Buffer => {
    const bytes = received.subarray(0, size);
    received = received.subarray(size);
    return bytes;
  };
  return {
    socket,
    send: (text) => void socket.write(text, 'latin1'),
    async response({ isHead = false } = {}) {
      while (received.indexOf('\r\n\r\n') === -1) await more();
      const head = take(received.indexOf('\r\n\r\n') + 4).toString('latin1');
      const [first = '', ...headerLines] = head.trimEnd().split('\r\n');
      const headers = Object.fromEntries(
        headerLines.map((line): [string, string] => {
          const colon = line.indexOf(': ');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
        }),
      );
      const status = Number(first.split(' ')[1]);
      const size = isHead || status === 304 ? 0 : Number(headers['content-length'] ?? 0);
      while (received.length < size) await more();
      return { status, headerLines, headers, body: take(size) };
    },
    async rest() {
      while (end === undefined) await more();
      return { bytes: take(received.length), isReset: end === 'reset' };
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
