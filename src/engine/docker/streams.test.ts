import { describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { readOutput } from '../contract/output.ts';
import { openHostileEngine, reply } from './testing/hostile-engine.ts';

const UPGRADED = 'HTTP/1.1 101 UPGRADED\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n';

/** An attachment to an engine that sends these pieces, each in a packet of its own, and closes. */
async function attachTo(...pieces: (Buffer | string)[]) {
  const { engine } = await openHostileEngine(({ socket }) => {
    const send = ([piece, ...rest]: readonly (Buffer | string)[]): unknown =>
      piece === undefined ? socket.end() : socket.write(piece, () => setImmediate(send, rest));
    send(pieces);
  });
  return await engine.attachContainer('x', { input: false });
}

function frame(type: number, payload: string, length = Buffer.byteLength(payload)): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(length, 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

describe('the streams of a container', () => {
  it('are put together from frames that are cut anywhere', async () => {
    const frames = Buffer.concat([
      frame(1, 'out'),
      frame(2, 'err'),
      frame(1, ''),
      frame(0, 'echo'),
      frame(3, 'no'),
    ]);
    const bytes = [...frames].map((byte) => Buffer.from([byte]));
    const attachment = await attachTo(UPGRADED, ...bytes);
    const { stdout, stderr } = await readOutput(attachment.output);
    expect({ stdout: `${stdout}`, stderr: `${stderr}` }).toEqual({ stdout: 'outecho', stderr: 'errno' });
  });

  it('may begin in the packet of the answer', async () => {
    const attachment = await attachTo(Buffer.concat([Buffer.from(UPGRADED), frame(1, 'at once')]));
    expect((await readOutput(attachment.output)).stdout.toString()).toBe('at once');
  });

  it.each([
    ['inside a payload', frame(1, 'abc', 10)],
    ['inside a header', Buffer.from([1, 0, 0])],
    ['inside a frame of 4 GiB', frame(2, 'abc', 0xff_ff_ff_ff)],
  ])('are UNREACHABLE when they end %s', async (_where, bytes) => {
    const attachment = await attachTo(UPGRADED, bytes);
    await expectFailure(readOutput(attachment.output), 'UNREACHABLE');
  });

  it.each([
    ['an unknown stream', Buffer.from([4, 0, 0, 0, 0, 0, 0, 1, 65])],
    ['plain text', Buffer.from('hello, I am a terminal')],
  ])('are a PROTOCOL error with %s', async (_what, bytes) => {
    const attachment = await attachTo(UPGRADED, bytes);
    await expectFailure(readOutput(attachment.output), 'PROTOCOL');
  });

  it('are not read faster than they are taken', async () => {
    let sentBytes = 0;
    const { promise: full, resolve: stopped } = Promise.withResolvers<void>();
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.write(UPGRADED);
      const piece = frame(1, 'x'.repeat(65_528));
      for (let n = 0; n < 500; n += 1) {
        sentBytes += piece.length;
        if (!socket.write(piece) && socket.writableLength > 4 * 1024 * 1024) return stopped();
      }
    });
    const attachment = await engine.attachContainer('x', { input: false });
    const iterator = attachment.output[Symbol.asyncIterator]();
    await iterator.next();
    await full;
    expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
    await attachment[Symbol.asyncDispose]();
  });

  it('need an engine that hands over the connection', async () => {
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, 200, 'no'));
    await expectFailure(engine.attachContainer('x'), 'PROTOCOL');
    const { engine: other } = await openHostileEngine(({ socket }) =>
      reply(socket, 409, '{"message":"paused"}'),
    );
    await expectFailure(other.attachContainer('x'), 'CONFLICT');
  });

  it('are closed when only one of the two connections is made', async () => {
    const { engine, requests } = await openHostileEngine(({ line, socket }) => {
      if (line.includes('stdin=1')) reply(socket, 500, '{"message":"no"}');
      else socket.write(UPGRADED);
    });
    await expectFailure(engine.attachContainer('x'), 'FAILED');
    const output = requests.find(({ line }) => line.includes('stdout=1'));
    if (output && !output.socket.closed) await new Promise((closed) => output.socket.once('close', closed));
  });
});
