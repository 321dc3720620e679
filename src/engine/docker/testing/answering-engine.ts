import { type HostileEngine, openHostileEngine } from './hostile-engine.ts';

/** An engine that answers every request with one body, in chunks, and takes all that is sent to it. */
export async function openAnsweringEngine(...pieces: string[]): Promise<HostileEngine> {
  return await openHostileEngine(({ socket }) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const piece of pieces) socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
    socket.write('0\r\n\r\n');
  });
}
