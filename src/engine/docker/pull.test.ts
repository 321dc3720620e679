import { describe, expect, it } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import type { PullProgress } from '../engine.ts';
import type { EngineErrorCode } from '../error.ts';
import { openHostileEngine } from './testing/hostile-engine.ts';

/** An engine that answers a pull with these pieces of a body. */
async function engineThatSends(...pieces: string[]) {
  return await openHostileEngine(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const piece of pieces) socket.write(`${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
    socket.write('0\r\n\r\n');
  });
}

describe('pulling', () => {
  it('tells progress line by line, wherever the lines are cut', async () => {
    const { engine } = await engineThatSends(
      '{"status":"Pulling from libra',
      'ry/☃","id":"latest"}\r\n{"status":"Downloading","progressDetail":{"current":5,"to',
      'tal":10},"progress":"[=>  ]","id":"abc"}\r\n\r\n{"status":"Extracting","progressDetail":{}}\r\n',
      '{"status":"Done"}',
    );
    const told: PullProgress[] = [];
    await engine.pullImage('x', { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([
      { status: 'Pulling from library/☃', layer: 'latest' },
      { status: 'Downloading', layer: 'abc', currentBytes: 5, totalBytes: 10 },
      { status: 'Extracting' },
      { status: 'Done' },
    ]);
  });

  it.each<[message: string, code: EngineErrorCode]>([
    ['manifest for x:1 not found: manifest unknown: manifest unknown', 'IMAGE_NOT_FOUND'],
    [
      "pull access denied for x, repository does not exist or may require 'docker login': denied: …",
      'IMAGE_NOT_FOUND',
    ],
    ['unauthorized: authentication required', 'UNAUTHORIZED'],
    ['Head "https://r/v2/x/manifests/1": no basic auth credentials', 'UNAUTHORIZED'],
    ['denied: requested access to the resource is denied', 'UNAUTHORIZED'],
    ['error parsing HTTP 403 response body', 'UNAUTHORIZED'],
    ['Get "https://r/v2/": dial tcp: lookup r: no such host', 'REGISTRY'],
    ['received unexpected HTTP status: 500 Internal Server Error', 'REGISTRY'],
    ['toomanyrequests: You have reached your pull rate limit', 'REGISTRY'],
    ['failed to register layer: write /x: no space left on device', 'NO_SPACE'],
  ])('knows the trouble in the stream: %s', async (message, code) => {
    const { engine } = await engineThatSends('{"status":"Pulling"}\r\n', JSON.stringify({ error: message }));
    expect((await expectFailure(engine.pullImage('x:1', {}), code)).message).toContain(
      'cannot pull the image x:1',
    );
  });

  it.each(['{"status":', 'nonsense\r\n', '"text"\r\n'])(
    'does not take anything for progress: %j',
    async (text) => {
      const { engine } = await engineThatSends(text);
      await expectFailure(engine.pullImage('x', {}), 'PROTOCOL');
    },
  );

  it('does not gather a line without end', async () => {
    const { engine } = await openHostileEngine(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
      };
      socket.on('drain', pour);
      pour();
    });
    await expectFailure(engine.pullImage('x', {}), 'PROTOCOL');
  });

  it('sends the credentials so that engines can read them', async () => {
    const { engine, requests } = await engineThatSends('{}');
    const credentials = { username: 'jäne', password: '>>>???~' };
    await engine.pullImage('registry.example:5000/a/b', { credentials });
    const header = requests[0]?.headers.get('x-registry-auth') ?? '';
    expect(header).toMatch(/^[\w-]+=*$/);
    expect(header.length % 4).toBe(0);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      ...credentials,
      serveraddress: 'registry.example:5000',
    });
    expect(requests[0]?.line).toContain('fromImage=registry.example%3A5000%2Fa%2Fb&tag=latest ');
  });

  it('asks for a digest as it stands', async () => {
    const { engine, requests } = await engineThatSends('{}');
    await engine.pullImage('a/b@sha256:123', {});
    expect(requests[0]?.line).toContain('?fromImage=a%2Fb%40sha256%3A123 ');
  });

  it('keeps a password out of what the registry repeats', async () => {
    const { engine } = await engineThatSends(
      '{"error":"denied: user jane with password hunter2 is unknown"}',
    );
    const pulling = engine.pullImage('x', { credentials: { username: 'jane', password: 'hunter2' } });
    const error = await expectFailure(pulling, 'UNAUTHORIZED');
    expect(error.message).toContain('with password *** is');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });

  it('stops when its signal aborts', async () => {
    const { engine, requests } = await openHostileEngine(({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\n{"status":"abc"}\n\r\n');
    });
    const controller = new AbortController();
    const { signal } = controller;
    await expectFailure(engine.pullImage('x', { signal, onProgress: () => controller.abort() }), 'ABORTED');
    const socket = requests[0]?.socket;
    if (socket && !socket.closed) await new Promise((closed) => socket.once('close', closed));
  });
});
