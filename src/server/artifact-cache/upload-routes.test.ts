import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { type Caller, createAuthenticator, signRequest } from '../../auth/index.ts';
import { type CacheError, type Repository, uploadRefs } from '../../cache/index.ts';
import { createOutgoing } from '../../cache/push/outgoing.ts';
import { sendTar } from '../../cache/push/send-tar.ts';
import { type MadeArtifact, makeArtifact } from '../../cache/repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../../cache/repository/testing/repository-folder.ts';
import { encodeEntries } from '../../cache/wire/entries.ts';
import { encodeUploadHeader } from '../../cache/wire/upload.ts';
import { noise, serveCache } from './testing/serve-cache.ts';
import type { CacheUploads } from './upload-routes.ts';

const FILES = { 'files/a': 'a', 'files/b/c': 'c', 'files/large': noise(300_000, 1) };
const ARTIFACT = makeArtifact(FILES);
const CHANGED = makeArtifact({ ...FILES, 'files/a': 'changed' });
const REF = 'slipway.source/app/1';

const may =
  (...scopes: string[]): CacheUploads['authenticate'] =>
  (): Caller => ({ clientId: 'somebody', scopes });

async function target(uploads: Partial<CacheUploads> = {}) {
  const there = await makeRepository();
  const served = await serveCache(there, { uploads: { authenticate: may('*'), ...uploads } });
  return { ...served, there, url: `${served.url}/artifacts/` };
}

async function holding(artifact: MadeArtifact, ref = REF): Promise<Repository> {
  const repository = await makeRepository();
  await publishArtifact(repository, artifact, ref);
  return repository;
}

const failing = (work: Promise<unknown>): Promise<CacheError> =>
  work.then(
    () => expect.unreachable(),
    (error: CacheError) => error,
  );

/** The objects of an artifact as an upload has them. */
async function tarOf(repository: Repository, artifact: MadeArtifact): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      pieces.push(Buffer.from(chunk));
      done();
    },
  });
  const objects = artifact.objects.map(({ name, bytes }) => ({ name, sizeBytes: bytes.length }));
  const out = createOutgoing(stream, { stallMs: 10_000, signal: new AbortController().signal });
  await sendTar(repository, objects, out, () => {});
  return Buffer.concat(pieces);
}

const publishing = (url: string, body: Buffer) => ask(url, '/.slipway/publish', { method: 'POST', body });

describe('an artifact that is sent over http', () => {
  it('is there afterwards, and only what is missing is sent', async () => {
    const { there, url, metrics } = await target();
    const own = await holding(ARTIFACT);
    const first = await uploadRefs(own, [{ ref: REF, commit: ARTIFACT.commit }], { url });
    expect(first).toMatchObject({ objects: ARTIFACT.objects.length, sentObjects: ARTIFACT.objects.length });
    expect(await there.readRef(REF)).toBe(ARTIFACT.commit);
    await publishArtifact(own, CHANGED, 'slipway.source/app/2');
    const next = { ref: 'slipway.source/app/2', commit: CHANGED.commit };
    const second = await uploadRefs(own, [next], { url });
    expect(second.sentObjects).toBe(4); // the file, its two folders' trees and the commit
    expect(second.sentBytes).toBeLessThan(2000);
    expect(await there.readRef(next.ref)).toBe(CHANGED.commit);
    expect(await uploadRefs(own, [next], { url })).toMatchObject({ sentObjects: 0, sentBytes: 0 });
    expect(await metrics()).toContain(`slipway_cache_received_objects_total ${ARTIFACT.objects.length + 4}`);
  });

  it('is told of as it is sent, to its last byte', async () => {
    const { url } = await target();
    const seen: string[] = [];
    const { sentBytes, sentObjects } = await uploadRefs(
      await holding(ARTIFACT),
      [{ ref: REF, commit: ARTIFACT.commit }],
      { url },
      { onProgress: ({ doneBytes, doneObjects }) => seen.push(`${doneBytes} ${doneObjects}`) },
    );
    expect(seen[0]).toBe('0 0');
    expect(seen.at(-1)).toBe(`${sentBytes} ${sentObjects}`);
  });

  it('goes on after a cut with what has not arrived', async () => {
    const { there, server, url } = await target();
    const own = await holding(ARTIFACT);
    const body = Buffer.concat([
      encodeUploadHeader([{ ref: REF, commit: ARTIFACT.commit }]),
      await tarOf(own, ARTIFACT),
    ]);
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST /.slipway/publish HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body.subarray(0, body.length - 12_000));
    const names = ARTIFACT.objects.map(({ name }) => name);
    const question = Buffer.concat([
      encodeUploadHeader([{ ref: REF, commit: ARTIFACT.commit }]),
      encodeEntries(names),
    ]);
    const missing = async () => {
      const { body: bits } = await ask(server.url, '/.slipway/missing', { method: 'POST', body: question });
      return names.filter((_, index) => ((bits[index >> 3] ?? 0) >> (index & 7)) & 1).length;
    };
    await vi.waitFor(async () => expect(await missing()).toBeLessThan(names.length), { timeout: 20_000 });
    socket.destroy();
    expect(await there.readRef(REF)).toBeUndefined();
    const left = await missing();
    const sent = await uploadRefs(own, [{ ref: REF, commit: ARTIFACT.commit }], { url });
    expect(sent.sentObjects).toBeLessThanOrEqual(left);
    expect(sent.sentObjects).toBeLessThan(names.length);
    expect(await there.readRef(REF)).toBe(ARTIFACT.commit);
  });

  it('leaves what is written once as it is', async () => {
    const there = await makeRepository({ writeOnce: true });
    const { url } = await serveCache(there, { uploads: { authenticate: may('*') } });
    await publishArtifact(there, ARTIFACT, REF);
    const own = await holding(CHANGED);
    await uploadRefs(own, [{ ref: REF, commit: CHANGED.commit }], { url: `${url}/artifacts` });
    expect(await there.readRef(REF)).toBe(ARTIFACT.commit);
  });

  it('is refused where the quota has no room, with nothing left of it', async () => {
    const there = await makeRepository({ quotaBytes: 100_000 });
    const { url } = await serveCache(there, { uploads: { authenticate: may('*') } });
    const own = await holding(ARTIFACT);
    const error = await failing(uploadRefs(own, [{ ref: REF, commit: ARTIFACT.commit }], { url }));
    expect(error).toMatchObject({ code: 'REFUSED' });
    expect(error.message).toContain('no room');
    expect(await there.readRef(REF)).toBeUndefined();
  });
});

describe('who may send', () => {
  const sending = (url: string, ref: string) => async (authorize?: (method: string, url: URL) => string) => {
    const own = await holding(ARTIFACT, ref);
    return await uploadRefs(own, [{ ref, commit: ARTIFACT.commit }], {
      url,
      ...(authorize && { authorize }),
    });
  };

  it('is who has the scope of the ref, and nobody whose scope is a character short', async () => {
    const { url, there } = await target({ authenticate: may('cache:push:slipway.source/app/*') });
    await sending(url, REF)();
    expect(await there.readRef(REF)).toBe(ARTIFACT.commit);
    const other = 'slipway.source/apps/1';
    const error = await failing(sending(url, other)());
    expect(error.code).toBe('REFUSED');
    expect(error.message).toContain(
      `somebody may not write "${other}": that takes the scope cache:push:${other}`,
    );
    expect(await there.readRef(other)).toBeUndefined();
  });

  it('is told by the signature of the request, which an altered one does not have', async () => {
    const client = { clientId: 'me', accessToken: 'secret', scopes: ['cache:push:*'] };
    const authenticate = createAuthenticator({
      clients: (id) => (id === 'me' ? client : undefined),
      issuerKey: { clientId: 'issuer', accessToken: 'x', scopes: [] },
      mode: 'closed',
    });
    const { url } = await target({ authenticate });
    const signed = (accessToken: string) => (method: string, address: URL) =>
      signRequest(method, address, { credentials: { clientId: 'me', accessToken } });
    await sending(url, REF)(signed('secret'));
    expect((await failing(sending(url, REF)(signed('wrong')))).message).toContain('signature');
    expect((await failing(sending(url, REF)())).message).toContain('anonymous may not write');
  });

  it('is nobody where a server takes nothing', async () => {
    const { url } = await serveCache(await makeRepository());
    const error = await failing(sending(`${url}/artifacts/`, REF)());
    expect(error).toMatchObject({ code: 'REFUSED' });
    expect(error.message).toContain('nothing can be sent there');
  });
});

describe('an upload that is no good', () => {
  const header = (ref: string, commit: string = ARTIFACT.commit) => encodeUploadHeader([{ ref, commit }]);
  const raw = (text: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a length alone', Buffer.from([1, 0])],
    ['refs without an end', Buffer.from([255, 255, 255, 255, 1, 2])],
    ['no JSON', raw('{')],
    ['no refs', raw('{"refs":[]}')],
    [
      'too many refs',
      raw(JSON.stringify({ refs: Array.from({ length: 101 }, () => ({ ref: 'a', commit: 'b' })) })),
    ],
    ['a ref that is none', raw('{"refs":[7]}')],
    ['a ref that leaves', header('../../config')],
    ['a ref that is absolute', header('/etc/passwd')],
    ['a ref with an empty part', header('a//b')],
    ['a commit that is none', header(REF, 'main')],
    ['no tar', Buffer.concat([header(REF), Buffer.from('x'.repeat(20_000))])],
  ])('is refused: %s', async (_what, body) => {
    const { server, there } = await target();
    const { status, body: answer } = await publishing(server.url, body);
    expect(status).toBe(400);
    expect(JSON.parse(String(answer))).toMatchObject({ message: expect.any(String) });
    expect(await there.listRefs()).toEqual([]);
  });

  it('sets no ref where an object is another than it says, or one is missing', async () => {
    const { server, there } = await target();
    const own = await holding(ARTIFACT);
    const whole = await tarOf(own, ARTIFACT);
    const damaged = Buffer.from(whole);
    // Within the large file, whose content nothing makes smaller.
    const at = whole.indexOf(noise(300_000, 1).subarray(0, 32)) + 40;
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    const first = await publishing(server.url, Buffer.concat([header(REF), damaged]));
    expect({ status: first.status, text: String(first.body) }).toMatchObject({ status: 400 });
    const others = makeArtifact({ 'files/a': 'a' });
    const some = await tarOf(await holding(others), others);
    const second = await publishing(server.url, Buffer.concat([header(REF), some]));
    expect(second.status).toBe(409);
    expect(await there.readRef(REF)).toBeUndefined();
  });

  it('sets no ref where it is cut, or something follows', async () => {
    const { server, there } = await target();
    const whole = await tarOf(await holding(ARTIFACT), ARTIFACT);
    const cut = await publishing(server.url, Buffer.concat([header(REF), whole.subarray(0, 20_000)]));
    expect(cut.status).toBe(400);
    const longer = await publishing(server.url, Buffer.concat([header(REF), whole, Buffer.from('more')]));
    expect(longer.status).toBe(400);
    expect(await there.readRef(REF)).toBeUndefined();
  });

  it('is let go of when nothing comes for a long time, and others have their turn', async () => {
    const { server, there, url } = await target({ atOnce: 1, idleMs: 300 });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /.slipway/publish HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
    socket.write(header(REF));
    const ended = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
    const own = await holding(ARTIFACT);
    await uploadRefs(own, [{ ref: REF, commit: ARTIFACT.commit }], { url });
    expect(await there.readRef(REF)).toBe(ARTIFACT.commit);
    expect(await ended).toMatch(/^HTTP\/1\.1 503 /);
    socket.destroy();
  });

  it('asks nothing where it may send nothing, and its question is not waited for', async () => {
    const { server } = await target({ authenticate: may('cache:pull:*', 'queue:*') });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST /.slipway/missing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /);
    socket.destroy();
    for (const scope of ['cache:*', 'cache:push:a', 'cache:push:*']) {
      const { server: other } = await target({ authenticate: may(scope) });
      const { status } = await ask(other.url, '/.slipway/missing', { method: 'POST', body: Buffer.alloc(2) });
      expect(status).toBe(400);
    }
  });

  it('asks about no more objects than there may be', async () => {
    const { server } = await target();
    const body = Buffer.concat([header(REF), Buffer.alloc(33 * 50_001)]);
    const { status } = await ask(server.url, '/.slipway/missing', { method: 'POST', body });
    expect(status).toBe(400);
    const larger = Buffer.alloc(4_000_000);
    expect((await ask(server.url, '/.slipway/missing', { method: 'POST', body: larger })).status).toBe(413);
  });
});
