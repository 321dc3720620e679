import { describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import type { EngineErrorCode } from '../error.ts';
import { openHostileEngine, reply } from './testing/hostile-engine.ts';

describe('an engine that answers something else', () => {
  it.each<[what: string, body: string, message: string]>([
    ['no JSON', '<html>', 'is not JSON'],
    ['half a document', '{"Id":', 'is not JSON'],
    ['another document', '[]', 'a list where an object belongs, as a whole'],
    ['a field less', '{}', 'undefined where text belongs, at .Id'],
    ['a field of another kind', '{"Id":7}', 'number where text belongs, at .Id'],
    ['another kind further in', image({ Env: ['A=1', 2] }), 'number where text belongs, at .Config.Env[1]'],
    ['a list for an object', image({ Labels: [] }), 'a list where an object belongs, at .Config.Labels'],
  ])('is a PROTOCOL error that names the place: %s', async (_what, body, message) => {
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, 200, body));
    const error = await expectFailure(engine.inspectImage('some/image:1'), 'PROTOCOL');
    expect(error.message).toContain(message);
    expect(error.message).toContain('inspect the image some/image:1');
  });

  it('may leave out what it has nothing to say about, or send null', async () => {
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, 200, image({ Env: null })));
    expect(await engine.inspectImage('some/image:1')).toEqual({
      id: 'x',
      references: [],
      architecture: 'amd64',
      os: 'linux',
      entrypoint: [],
      command: [],
      user: '',
      environment: [],
      exposedPorts: [],
      labels: {},
      sizeBytes: 1,
      createdAt: 0,
      digests: [],
    });
  });

  it.each([
    [['NONE'], undefined],
    [[], undefined],
    [null, undefined],
    [
      ['CMD-SHELL', 'true'],
      ['CMD-SHELL', 'true'],
    ],
  ])('says with %j how an image is checked', async (Test, healthCheck) => {
    const { engine } = await openHostileEngine(({ socket }) =>
      reply(socket, 200, image({ Healthcheck: { Test } })),
    );
    expect((await engine.inspectImage('some/image:1'))?.healthCheck).toEqual(healthCheck);
  });

  it('is a PROTOCOL error where it never ends', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = Buffer.concat([
        Buffer.from('100000\r\n'),
        Buffer.alloc(0x10_0000, ' '),
        Buffer.from('\r\n'),
      ]);
      const pour = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
    });
    await expectFailure(engine.inspectContainer('x'), 'PROTOCOL');
  });

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', '\0\0\0\u0006\u0004\0\0\0\0\0', 'HTTP/1.1 huh\r\n\r\n'])(
    'is a PROTOCOL error where it is no HTTP: %j',
    async (greeting) => {
      const { engine, endpoint } = await openHostileEngine(({ socket }) => socket.write(greeting));
      const error = await expectFailure(engine.ping(), 'PROTOCOL');
      expect(error.message).toContain(endpoint);
    },
  );

  it.each<[status: number, body: string, code: EngineErrorCode, message: string]>([
    [
      500,
      '{"message":"the disk is on fire"}',
      'FAILED',
      'cannot ask the engine what it is: the disk is on fire',
    ],
    [
      500,
      '{"message":"write /x: no space left on device"}',
      'NO_SPACE',
      'no space left on device; free some disk',
    ],
    [502, '<html>\n<h1>Bad gateway</h1>', 'FAILED', 'cannot ask the engine what it is: <html>'],
    [503, '', 'FAILED', 'the engine answered with status 503'],
    [301, '', 'FAILED', 'the engine answered with status 301'],
    [401, '{"message":"who are you"}', 'UNAUTHORIZED', 'who are you'],
    [400, 'Client sent an HTTP request to an HTTPS server.\n', 'UNREACHABLE', 'DOCKER_TLS_VERIFY=1'],
    [500, `{"message":"${'x'.repeat(70_000)}"}`, 'PROTOCOL', 'larger than'],
  ])('has the code for status %i and %.40s', async (status, body, code, message) => {
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, status, body));
    expect((await expectFailure(engine.ping(), code)).message).toContain(message);
  });

  it('does not take 404 from something else for absence', async () => {
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, 404, '404 page not found\n'));
    await expectFailure(engine.inspectImage('x'), 'PROTOCOL');
    const { engine: other } = await openHostileEngine(({ socket }) =>
      reply(socket, 404, '{"message":"page not found"}'),
    );
    await expectFailure(other.inspectImage('x'), 'FAILED');
  });

  it('says that a wait failed', async () => {
    const body = '{"StatusCode":-1,"Error":{"Message":"context canceled"}}';
    const { engine } = await openHostileEngine(({ socket }) => reply(socket, 200, body));
    expect((await expectFailure(engine.waitContainer('x'), 'FAILED')).message).toContain('context canceled');
  });
});

/** An image document whose configuration has the given members only. */
function image(config: object): string {
  return JSON.stringify({ Id: 'x', Architecture: 'amd64', Os: 'linux', Size: 1, Config: config });
}
