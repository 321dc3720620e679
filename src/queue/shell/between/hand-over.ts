import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';

const MAX_LINE_BYTES = 64 * 1024;
const LINE_MS = 10_000;
/** What a web socket is accepted with; who calls was looked at by the server that was called. */
const HANDSHAKE = ['upgrade', 'connection', 'sec-websocket-key', 'sec-websocket-version'] as const;

const Opening = z.object({ headers: z.record(z.string(), z.string()), wanted: z.string() });

/** Begins a client's connection at another server: what it asked for, and from then on its bytes. */
export function handOver(
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
  wanted: string,
  tunnel: Duplex,
): void {
  const headers = Object.fromEntries(HANDSHAKE.map((name) => [name, String(request.headers[name])]));
  tunnel.write(`${JSON.stringify({ headers, wanted })}\n`);
  if (head.length > 0) tunnel.write(head);
  tunnel.on('error', () => socket.destroy()).once('close', () => socket.destroy());
  socket.once('close', () => tunnel.destroy());
  socket.pipe(tunnel).pipe(socket);
}

/** The other end of it: the request as it came, as far as a web socket needs it, and what it asks the worker for. */
export async function takeOver(
  tunnel: Duplex,
): Promise<{ readonly request: IncomingMessage; readonly wanted: string }> {
  const signal = AbortSignal.timeout(LINE_MS);
  let text = Buffer.alloc(0);
  while (!text.includes('\n')) {
    if (text.length > MAX_LINE_BYTES) throw new Error('the other server sent no opening line');
    const piece: Buffer | null = tunnel.read();
    if (piece === null) await once(tunnel, 'readable', { signal });
    else text = Buffer.concat([text, piece]);
  }
  const end = text.indexOf('\n');
  const { headers, wanted } = Opening.parse(JSON.parse(text.toString('utf8', 0, end)));
  if (end + 1 < text.length) tunnel.unshift(text.subarray(end + 1));
  // All that accepting a web socket reads of a request.
  return { request: { method: 'GET', url: '/', headers } as unknown as IncomingMessage, wanted };
}
