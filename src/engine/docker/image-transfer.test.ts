import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from '../contract/failure.ts';
import { packTar, readAll } from '../contract/tar.ts';
import type { EngineErrorCode } from '../error.ts';
import { openDockerEngine } from './index.ts';
import { openAnsweringEngine } from './testing/answering-engine.ts';
import { openTestRegistry, refuse, type TestRegistryOptions } from './testing/test-registry.ts';

describe('pushing', () => {
  it('sends the header that engines insist on, and one name only', async () => {
    const { engine, requests } = await openAnsweringEngine(
      '{"aux":{"Tag":"1","Digest":"sha256:9","Size":3}}',
    );
    expect(await engine.pushImage('r.example:5000/a/b', {})).toEqual({ digest: 'sha256:9' });
    expect(requests[0]?.line).toContain('/images/r.example%3A5000/a/b/push?tag=latest ');
    expect(requests[0]?.headers.get('x-registry-auth')).toBe('e30=');
  });

  it.each<[message: string, code: EngineErrorCode]>([
    ['An image does not exist locally with the tag: x', 'IMAGE_NOT_FOUND'],
    ['unauthorized: authentication required', 'UNAUTHORIZED'],
    ['denied: requested access to the resource is denied', 'UNAUTHORIZED'],
    ['name unknown: no such repository', 'REGISTRY'],
    ['write /storage: no space left on device', 'REGISTRY'],
    ['received unexpected HTTP status: 507 Insufficient Storage', 'REGISTRY'],
  ])('knows the trouble in the stream: %s', async (error, code) => {
    const { engine } = await openAnsweringEngine(
      '{"status":"Preparing","id":"abc"}\n',
      JSON.stringify({ error }),
    );
    await expectFailure(engine.pushImage('x:1', {}), code);
  });

  it.each(['[]', '{"aux":[]}', '{"aux":{"Digest":7}}', '{"status":7}', 'nonsense'])(
    'does not take anything for progress: %s',
    async (line) => {
      const { engine } = await openAnsweringEngine(line);
      await expectFailure(engine.pushImage('x:1', {}), 'PROTOCOL');
    },
  );
});

describe('loading', () => {
  it.each(['{"stream":7}', 'nonsense'])('is a PROTOCOL error where the answer is %j', async (line) => {
    const { engine } = await openAnsweringEngine(line);
    await expectFailure(engine.loadImage(packTar([])), 'PROTOCOL');
  });

  it.each(['', '{}', '{"stream":"hello"}'])('names nothing where the engine does not: %j', async (line) => {
    const { engine } = await openAnsweringEngine(line);
    expect(await engine.loadImage(packTar([]))).toEqual([]);
  });

  it('finds names and ids', async () => {
    const lines = ['a/b:1', 'sha256:12'].map((name, index) =>
      JSON.stringify({ stream: `Loaded image${index === 0 ? '' : ' ID'}: ${name}\n` }),
    );
    const { engine } = await openAnsweringEngine(lines.join('\r\n'));
    expect(await engine.loadImage(packTar([]))).toEqual(['a/b:1', 'sha256:12']);
  });
});

describe('saving', () => {
  it.each([
    ['a complaint behind the first bytes', `${'x'.repeat(4096)}{"error":"disk on fire"}`],
    ['less than the end of a tar', 'x'],
    ['nothing', ''],
  ])('fails where the tar is not whole: %s', async (_what, body) => {
    const { engine } = await openAnsweringEngine(...(body === '' ? [] : [body]));
    await expectFailure(readAll(await engine.saveImage('x:1')), 'FAILED');
  });
});

describe('a real engine and a registry', () => {
  const jane = { username: 'jane', password: 'p?ss>wörd~' };
  const pushTo = async (options: Omit<TestRegistryOptions, 'user'>) => {
    const engine = await openDockerEngine({ environment: process.env });
    onTestFinished(() => engine[Symbol.asyncDispose]());
    const reference = `${await openTestRegistry({ user: jane, ...options })}/team/pushed:1`;
    await engine.tagImage('localhost/slipway-busybox:1', reference);
    onTestFinished(() => engine.removeImage(reference));
    return { engine, reference };
  };

  it('that gives tokens', async () => {
    const { engine, reference } = await pushTo({ scheme: 'bearer' });
    const { digest } = await engine.pushImage(reference, { credentials: jane });
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const wrong = { ...jane, password: 'wrong' };
    await expectFailure(engine.pushImage(reference, { credentials: wrong }), 'UNAUTHORIZED');
  });

  it.each([
    [507, 'UNKNOWN'],
    [400, 'MANIFEST_INVALID'],
    [500, 'UNKNOWN'],
  ])('that refuses the manifest with status %i', async (status, code) => {
    const { engine, reference } = await pushTo({
      fault: (request, response) => {
        if (request.method !== 'PUT' || !request.url?.includes('/manifests/')) return false;
        refuse(response, status, code);
        return true;
      },
    });
    const error = await expectFailure(engine.pushImage(reference, { credentials: jane }), 'REGISTRY');
    expect(error.message).toContain(reference);
  });

  it('that breaks off in the middle of a layer: the engine sends it again', async () => {
    let broken = 0;
    const { engine, reference } = await pushTo({
      fault: (request) => {
        if (request.method !== 'PATCH' || broken > 0) return false;
        broken += 1;
        request.once('data', () => request.socket.destroy());
        return true;
      },
    });
    const told: string[] = [];
    await engine.pushImage(reference, { credentials: jane, onProgress: ({ status }) => told.push(status) });
    expect(broken).toBe(1);
    expect(told).toContain('Pushed');
  }, 60_000);

  it('that stalls: the signal ends it', async () => {
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    const { engine, reference } = await pushTo({
      fault: (request) => {
        if (request.method !== 'PATCH') return false;
        resolve();
        return true;
      },
    });
    const controller = new AbortController();
    const pushing = engine.pushImage(reference, { credentials: jane, signal: controller.signal });
    const failure = expectFailure(pushing, 'ABORTED');
    await stalled;
    controller.abort();
    await failure;
  });
});
