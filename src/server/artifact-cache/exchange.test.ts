import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { type Answer, ask } from '../../../test/support/ask.ts';
import { objectPath, type Repository } from '../../cache/index.ts';
import { type MadeArtifact, makeArtifact } from '../../cache/repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../../cache/repository/testing/repository-folder.ts';
import { decodeFrames, FRAME_HEADER_BYTES, type Frame, MAX_BATCH_BYTES } from '../../cache/wire/batch.ts';
import { encodeEntries } from '../../cache/wire/entries.ts';
import { rawClient } from '../../download/transfer/testing/raw-client.ts';
import { noise, serveCache } from './testing/serve-cache.ts';

const REF = 'project/element/key';
const ARTIFACT = makeArtifact({
  'files/large': noise(500_000, 1),
  'files/also large': noise(80_000, 2),
  ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`files/small/${i}`, `content ${i}`])),
});
const PATIENT = { timeout: 20_000 }; // beside all the other tests

async function withArtifact(artifact: MadeArtifact = ARTIFACT): Promise<Repository> {
  const repository = await makeRepository();
  await publishArtifact(repository, artifact, REF);
  return repository;
}

const batch = (url: string, body: Uint8Array, base = '/artifacts'): Promise<Answer> =>
  ask(url, `${base}/.slipway/objects`, { method: 'POST', body });

/** The frames of a batch with their contents. */
function framesOf(bytes: Buffer): (Frame & { readonly content?: Buffer })[] {
  const found: (Frame & { readonly content?: Buffer })[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [frame] = decodeFrames(bytes.subarray(at, at + FRAME_HEADER_BYTES)) ?? [];
    if (frame === undefined) throw new Error(`no frame at ${at}`);
    at += FRAME_HEADER_BYTES;
    const { sizeBytes } = frame;
    found.push({ ...frame, ...(sizeBytes !== undefined && { content: bytes.subarray(at, at + sizeBytes) }) });
    at += sizeBytes ?? 0;
  }
  return found;
}

describe('many objects in one answer', () => {
  it.each(['/artifacts', ''])('are those of the closure, each as it is stored, at %s/', async (base) => {
    const { url } = await serveCache(await withArtifact());
    const closure = await ask(url, `${base}/.slipway/closure/${ARTIFACT.commit}`);
    expect(closure.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(ARTIFACT.objects.length * FRAME_HEADER_BYTES),
      'slipway-cache': '1',
    });
    const frames = decodeFrames(closure.body) ?? [];
    const stored = new Map(ARTIFACT.objects.map(({ name, bytes }) => [objectPath(name), bytes]));
    expect(frames.map(({ name }) => objectPath(name)).sort()).toEqual([...stored.keys()].sort());
    const answer = await batch(url, encodeEntries(frames.map(({ name }) => name)), base);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers['slipway-cache']).toBe('1');
    const got = framesOf(answer.body);
    expect(got.map(({ name, sizeBytes }) => ({ name, sizeBytes }))).toEqual(frames);
    for (const { name, content } of got)
      expect(content?.equals(stored.get(objectPath(name)) ?? Buffer.of(0))).toBe(true);
  });

  it('come in the order asked, with those that are not there in their place', async () => {
    const { url, metrics } = await serveCache(await withArtifact());
    const absent = { id: '0'.repeat(64), kind: 'filez' as const };
    const [a, b] = ARTIFACT.objects;
    if (a === undefined || b === undefined) throw new Error('too few objects');
    const frames = framesOf((await batch(url, encodeEntries([b.name, absent, a.name]))).body);
    expect(frames.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      [b.name, b.bytes.length],
      [absent, undefined],
      [a.name, a.bytes.length],
    ]);
    const text = await metrics();
    expect(text).toContain('slipway_cache_batched_objects_total{outcome="hit"} 2');
    expect(text).toContain('slipway_cache_batched_objects_total{outcome="miss"} 1');
    expect(text).toContain('slipway_cache_requests_total{kind="batch",outcome="hit"} 1');
  });

  it('are asked for with a list of different objects, whatever its type is called', async () => {
    const { url } = await serveCache(await withArtifact());
    const one = encodeEntries(ARTIFACT.objects.slice(0, 1).map(({ name }) => name));
    const bad = [
      Buffer.of(),
      one.subarray(1),
      Buffer.concat([one, one]),
      Buffer.alloc(33, 9),
      Buffer.from('{}'),
    ];
    for (const body of bad) expect(await batch(url, body)).toMatchObject({ status: 400 });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const path = '/.slipway/objects';
    expect((await ask(url, path, { method: 'POST', body: one, headers })).status).toBe(200);
    expect((await ask(url, path, { method: 'POST' })).status).toBe(400);
  });

  it('are refused where more is asked than may be, before it is read', async () => {
    const { server, url } = await serveCache(await withArtifact());
    expect(await batch(url, Buffer.alloc(MAX_BATCH_BYTES + 33))).toMatchObject({ status: 413 });
    using client = await rawClient(server.port);
    client.send('POST /.slipway/objects HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n');
    expect((await client.response()).status).toBe(413);
  });

  it('can only be asked for with POST, and a closure only be read', async () => {
    const { url } = await serveCache(await withArtifact());
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask(url, '/artifacts/.slipway/objects', { method });
      expect({ method, status, allow: headers['allow'] }).toEqual({ method, status: 405, allow: 'POST' });
    }
    const closure = `/.slipway/closure/${ARTIFACT.commit}`;
    expect(await ask(url, closure, { method: 'POST' })).toMatchObject({ status: 405 });
    for (const commit of [
      'x',
      ARTIFACT.commit.toUpperCase(),
      `${ARTIFACT.commit}.commit`,
      '..%2fconfig',
      '%00',
    ])
      expect(await ask(url, `/.slipway/closure/${commit}`)).toMatchObject({ status: 404 });
  });

  it('go on for so many at a time; one more may ask again, or for one object at a time', async () => {
    const repository = await withArtifact();
    const { server, url } = await serveCache(repository, { batches: 1 });
    const large = ARTIFACT.objects.filter(({ bytes }) => bytes.length > 400_000);
    const many = makeArtifact(
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`files/${i}`, noise(500_000, i + 10)])),
    );
    await publishArtifact(repository, many, 'project/element/many');
    const body = encodeEntries(many.objects.map(({ name }) => name));
    using slow = await rawClient(server.port);
    const length = `Content-Length: ${body.length}`;
    slow.send(`POST /.slipway/objects HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n${length}\r\n\r\n`);
    expect((await slow.response()).status).toBe(100);
    slow.socket.pause();
    slow.socket.write(body);
    const one = encodeEntries(large.map(({ name }) => name));
    expect((await batch(url, one)).status).toBe(503);
    expect((await batch(url, one)).headers).toMatchObject({ 'retry-after': '1', 'slipway-cache': '1' });
    expect((await ask(url, `/refs/heads/${REF}`)).status).toBe(200);
    slow.socket.destroy();
    await vi.waitFor(async () => expect((await batch(url, one)).status).toBe(200), PATIENT);
  });

  it('take no memory for what comes before there is room, however many send it', async () => {
    const { server, url } = await serveCache(await withArtifact(), { batches: 1 });
    using sending = await rawClient(server.port);
    // The answer to `Expect` says that the server has the request.
    sending.send(
      'POST /.slipway/objects HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 66000\r\n\r\n',
    );
    expect((await sending.response()).status).toBe(100);
    sending.send('half of it');
    const one = encodeEntries(ARTIFACT.objects.slice(0, 1).map(({ name }) => name));
    expect((await batch(url, one)).status).toBe(503);
    sending.socket.destroy();
    await vi.waitFor(async () => expect((await batch(url, one)).status).toBe(200), PATIENT);
  });

  it('stop being read when their client leaves, or takes nothing for too long', async () => {
    const repository = await makeRepository();
    const many = makeArtifact(
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`files/${i}`, noise(500_000, i + 10)])),
    );
    await publishArtifact(repository, many, REF);
    const { server, metrics } = await serveCache(repository, { stallTimeoutMs: 300 });
    const body = encodeEntries(many.objects.map(({ name }) => name));
    const head = `POST /.slipway/objects HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`;
    const leaving = connect(server.port, '127.0.0.1');
    await once(leaving, 'connect');
    leaving.write(head);
    leaving.write(body);
    await once(leaving, 'data');
    leaving.resetAndDestroy();
    using slow = await rawClient(server.port);
    slow.socket.pause();
    slow.send(head);
    slow.socket.write(body);
    const cut = /slipway_http_requests_total\{method="POST",route="\/\.slipway\/objects",status="cut"\} 2/;
    await vi.waitFor(async () => expect(await metrics()).toMatch(cut), PATIENT);
  });

  it('are cut off where one cannot be read to its end, so that nobody takes the rest for it', async () => {
    const repository = await withArtifact();
    const { url } = await serveCache(repository);
    const [large] = ARTIFACT.objects.filter(({ bytes }) => bytes.length > 400_000);
    if (large === undefined) throw new Error('none is large');
    const { open } = await import('node:fs/promises');
    const { prototype } = Object.getPrototypeOf(await open('/dev/null')).constructor;
    const read = vi.spyOn(prototype, 'read').mockRejectedValue(new Error('EIO'));
    try {
      await expect(batch(url, encodeEntries([large.name]))).rejects.toThrow();
    } finally {
      read.mockRestore();
    }
  });
});

describe('a flood of questions', () => {
  it('is answered with what is remembered: one look at a commit for all of them', async () => {
    const repository = await withArtifact();
    const { url } = await serveCache(repository);
    const reads = vi.spyOn(repository, 'readMetadata');
    const path = `/.slipway/closure/${ARTIFACT.commit}`;
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(url, path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const asked = reads.mock.calls.map(([{ id }]) => id);
    expect(asked.length).toBe(new Set(asked).size);
  });
});
