import { describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { readAll } from '../contract/tar.ts';
import { openDockerEngine } from './index.ts';
import { openHostileEngine, reply } from './testing/hostile-engine.ts';

const UPGRADED = 'HTTP/1.1 101 UPGRADED\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n';

describe('a connection that breaks off', () => {
  it.each<[when: string, text: string]>([
    ['before the answer', ''],
    ['inside the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Id":'],
    ['inside a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n{"Id"'],
  ])('makes the call UNREACHABLE: %s', async (_when, text) => {
    const { engine, endpoint } = await openHostileEngine(({ socket }) => socket.end(text));
    const error = await expectFailure(engine.inspectContainer('x'), 'UNREACHABLE');
    expect(error.message).toContain(endpoint);
    expect(error.message).toContain('the connection broke off');
  });

  it('makes everything under way UNREACHABLE when the engine dies', async () => {
    const { engine, die, requests } = await openHostileEngine(({ line, socket }) => {
      if (line.includes('/attach')) socket.write(UPGRADED);
      if (line.startsWith('GET /containers/x/archive'))
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
      if (requests.length === 11) void die();
    });
    const attachment = await engine.attachContainer('x', { input: false });
    const tar = await engine.copyOut('x', '/y');
    await Promise.all([
      expectFailure(engine.waitContainer('x'), 'UNREACHABLE'),
      expectFailure(engine.inspectContainer('x'), 'UNREACHABLE'),
      expectFailure(engine.createNetwork({ name: 'n', labels: {} }), 'UNREACHABLE'),
      expectFailure(engine.pullImage('x', {}), 'UNREACHABLE'),
      expectFailure(engine.pushImage('x', {}), 'UNREACHABLE'),
      expectFailure(engine.buildImage(stalled(), { references: ['x:1'] }), 'UNREACHABLE'),
      expectFailure(engine.loadImage(stalled()), 'UNREACHABLE'),
      expectFailure(engine.openTerminal('x', { command: ['sh'] }), 'UNREACHABLE'),
      expectFailure(engine.copyIn('x', '/', stalled()), 'UNREACHABLE'),
      expectFailure(readAll(tar), 'UNREACHABLE'),
    ]);
    for await (const _ of attachment.output) expect.unreachable('nothing was sent');
    await expectFailure(engine.ping(), 'UNREACHABLE');
  });

  it('is made anew where the engine closed it between two calls', async () => {
    const { engine, requests } = await openHostileEngine(({ socket }) => {
      // Seen by the client only when it has begun to use the connection again.
      socket.end('HTTP/1.1 200 OK\r\nserver: Docker/1 (linux)\r\ncontent-length: 2\r\n\r\nOK');
    });
    for (let n = 0; n < 20; n += 1) await engine.ping();
    expect(requests.length).toBeGreaterThanOrEqual(20);
  });

  it('ends a copy out with an error, not as if it were whole', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n');
    });
    await expectFailure(readAll(await engine.copyOut('x', '/y')), 'UNREACHABLE');
  });

  it('ends a pull with an error', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\n{"status":"abc"}\n\r\n');
    });
    await expectFailure(engine.pullImage('x', {}), 'UNREACHABLE');
  });
});

describe('a copy in', () => {
  it('is sent to an engine that does not know Expect', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.on('data', (chunk) => {
        if (chunk.includes('\r\n0\r\n\r\n')) reply(socket, 200, '');
      });
    });
    await engine.copyIn('x', '/', pieces('abc', 'def'));
  });

  it('stops when the engine refuses in the middle', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.once('data', () => reply(socket, 500, '{"message":"write: no space left on device"}'));
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    });
    let closed = false;
    const endless = (async function* () {
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        closed = true;
      }
    })();
    await expectFailure(engine.copyIn('x', '/', endless), 'NO_SPACE');
    expect(closed).toBe(true);
  });
});

describe('an engine that is not there', () => {
  it.each([
    ['unix:///slipway/no.sock', 'there is no such socket'],
    ['unix:///etc/passwd', 'the connection was refused'],
    ['tcp://127.0.0.1:1', 'the connection was refused'],
    ['tcp://slipway.invalid:2375', 'the host name'],
  ])('is UNREACHABLE with its address and the reason: %s', async (host, reason) => {
    await using engine = await openDockerEngine({ host, environment: {} });
    const error = await expectFailure(engine.ping(), 'UNREACHABLE');
    expect(error.message).toContain(host);
    expect(error.message).toContain(reason);
  });
});

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function* stalled(): AsyncGenerator<Buffer> {
  yield await new Promise<never>(() => {});
}
