import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ObjectName, objectFileName, objectPath } from '../ostree/index.ts';
import { openRepository } from '../repository/open-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { expectSound, makeRepository } from '../repository/testing/repository-folder.ts';
import { serveRepository } from '../serve/serve-repository.ts';
import { decodeFrames, encodeFrames, FRAME_HEADER_BYTES } from '../wire/batch.ts';
import { planBatches } from './fetch-batches.ts';
import { pullRefs } from './pull-refs.ts';
import { openPullSource, type PullSourceOptions } from './pull-source.ts';
import { readFrames } from './read-frames.ts';
import { type Fault, type FaultyServer, startFaultyServer } from './testing/faulty-server.ts';
import {
  copyOf,
  keyOf,
  noise,
  type OstreeRemote,
  openOstreeRemote,
  patient,
  STRONG,
  TREE,
} from './testing/pull-rig.ts';

const LARGE = {
  ...TREE,
  ...Object.fromEntries([1, 2, 3, 4].map((n) => [`files/large-${n}`, noise(1_500_000, n)])),
};

let made: OstreeRemote;
let commit: string;

beforeAll(() => {
  made = openOstreeRemote();
  commit = made.commit(STRONG, LARGE);
});
afterAll(() => made[Symbol.dispose]());

interface Rig {
  readonly remote: OstreeRemote;
  readonly server: FaultyServer;
  readonly repository: Repository;
  readonly closure: () => Promise<Buffer>;
}

async function openRig(): Promise<Rig> {
  const remote = copyOf(made);
  const theirs = await openRepository(remote.folder);
  const served = await serveRepository(theirs, { now: Date.now });
  const server = await startFaultyServer(remote.folder, { served });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await theirs[Symbol.asyncDispose]();
    remote[Symbol.dispose]();
  });
  const closure = async (): Promise<Buffer> =>
    (await served.closure(commit, new AbortController().signal)) ?? Buffer.alloc(0);
  return { remote, server, repository: await makeRepository(), closure };
}

async function pull({ server, repository }: Rig, refs = [STRONG], options: Partial<PullSourceOptions> = {}) {
  using source = openPullSource(server.url, patient(options));
  const result = await pullRefs(repository, refs, source);
  expectSound(repository.folder);
  return result;
}

const BATCH = '.slipway/objects';
const batchFault =
  (fault: Fault, times = Number.POSITIVE_INFINITY) =>
  (path: string, before: number) =>
    path === BATCH && before < times ? fault : undefined;

describe('a pull from Slipway', () => {
  it('asks for the ref, for what there is, and for all of it in a few batches', async () => {
    const rig = await openRig();
    const { outcomes, fetchedObjects, fetchedBytes } = await pull(rig);
    expect(outcomes).toEqual([{ type: 'pulled', ref: STRONG, commit }]);
    const frames = decodeFrames(await rig.closure()) ?? [];
    expect(fetchedObjects).toBe(frames.length);
    expect(fetchedBytes).toBe(frames.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0));
    expect(rig.server.askedObjects).toEqual([]);
    const { asked } = rig.server;
    expect(asked.slice(0, 2)).toEqual([`refs/heads/${STRONG}`, `.slipway/closure/${commit}`]);
    expect(new Set(asked.slice(2))).toEqual(new Set([BATCH]));
    expect(asked.length).toBeLessThan(12);
  });

  it('asks nothing more where a ref is absent', async () => {
    const rig = await openRig();
    expect((await pull(rig, ['project/none/x'])).outcomes[0]?.type).toBe('absent');
    expect(rig.server.asked).toEqual(['refs/heads/project/none/x']);
  });

  it('fetches only what is not here', async () => {
    const rig = await openRig();
    await pull(rig);
    const next = `project/element/${keyOf('d')}`;
    rig.remote.commit(next, { ...LARGE, 'files/one-more': 'new' });
    expect((await pull(rig, [next])).fetchedObjects).toBe(4); // the commit, two directories, one file
  });

  it('brings several artifacts at once', async () => {
    const rig = await openRig();
    const refs = ['1', '2', '3'].map((digit) => `project/element/${keyOf(digit)}`);
    for (const ref of refs) rig.remote.commit(ref, { ...LARGE, [`files/${ref.at(-1)}`]: ref });
    const { outcomes } = await pull(rig, [STRONG, ...refs]);
    expect(outcomes.map(({ type }) => type)).toEqual(['pulled', 'pulled', 'pulled', 'pulled']);
  });

  it.each([
    ['is cut', { type: 'cut' }],
    ['stalls', { type: 'stall' }],
    ['answers 500', { type: 'status', status: 500 }],
  ] as const)('where a batch %s, asks again for what did not come', async (_, fault) => {
    const rig = await openRig();
    rig.server.fault = batchFault(fault, 3);
    const options = fault.type === 'stall' ? { stallTimeoutMs: 500 } : {};
    const { outcomes, fetchedObjects } = await pull(rig, [STRONG], options);
    expect(outcomes[0]?.type).toBe('pulled');
    expect(fetchedObjects).toBe((decodeFrames(await rig.closure()) ?? []).length);
  });

  it('that has no such answers is asked for each object', async () => {
    for (const status of [404, 405, 501, 503]) {
      const rig = await openRig();
      rig.server.fault = batchFault({ type: 'status', status });
      expect((await pull(rig)).outcomes[0]?.type).toBe('pulled');
      expect(rig.server.askedObjects.length).toBeGreaterThan(10);
    }
    const rig = await openRig();
    rig.server.fault = (path) => (path.startsWith('.slipway/') ? { type: 'status', status: 404 } : undefined);
    expect((await pull(rig)).outcomes[0]?.type).toBe('pulled');
  });

  it.each([
    ['a page', '<html>', 'PROTOCOL'],
    [
      'of another commit',
      encodeFrames([{ name: { id: keyOf('e'), kind: 'commit' }, sizeBytes: 1 }]),
      'PROTOCOL',
    ],
    ['cut', Buffer.alloc(FRAME_HEADER_BYTES + 1), 'PROTOCOL'],
  ])('whose list is %s is not believed', async (_, body, code) => {
    const rig = await openRig();
    rig.server.fault = (path) => (path.startsWith('.slipway/closure/') ? { type: 'body', body } : undefined);
    expect((await pull(rig)).outcomes[0]).toMatchObject({ type: 'failed', error: { code } });
  });

  it('whose list leaves things out, or names what does not belong, is found out', async () => {
    const rig = await openRig();
    const frames = decodeFrames(await rig.closure()) ?? [];
    const short = encodeFrames(frames.filter((_, index) => index % 3 === 0));
    const more = encodeFrames([...frames, { name: { id: keyOf('f'), kind: 'filez' }, sizeBytes: 10 }]);
    for (const body of [short, more]) {
      rig.server.fault = (path) =>
        path.startsWith('.slipway/closure/') ? { type: 'body', body } : undefined;
      const repository = await makeRepository();
      expect((await pull({ ...rig, repository })).outcomes[0]?.type).toBe('pulled');
    }
  });

  it('that damaged an object is not believed, whatever is around it', async () => {
    const rig = await openRig();
    const id =
      /\s([0-9a-f]{64})\s+\//.exec(rig.remote.ostree('ls', '-C', STRONG, '/files/bin/tool'))?.[1] ?? '';
    const name: ObjectName = { id, kind: 'filez' };
    const good = readFileSync(join(rig.remote.folder, objectPath(name)));
    const bad = Buffer.from(good);
    bad[bad.length - 100] = (bad[bad.length - 100] ?? 0) ^ 1;
    rig.remote.ostree('fsck');
    writeFileSync(join(rig.remote.folder, objectPath(name)), bad);
    const { outcomes } = await pull(rig);
    expect(outcomes[0]).toMatchObject({ type: 'failed', error: { code: 'CORRUPT_OBJECT' } });
    const [outcome] = outcomes;
    expect(outcome?.type === 'failed' && outcome.error.message).toContain(objectFileName(name));
    expect(await rig.repository.readRef(STRONG)).toBeUndefined();
  });
});

const frameOf = (id: string, content?: Buffer): Buffer =>
  Buffer.concat([
    encodeFrames([
      { name: { id, kind: 'filez' }, ...(content !== undefined && { sizeBytes: content.length }) },
    ]),
    content ?? Buffer.alloc(0),
  ]);

async function* inPieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

describe('frames with content', () => {
  const [one, two] = [keyOf('1'), keyOf('2')];
  const asked: ObjectName[] = [one, two].map((id) => ({ id, kind: 'filez' }));
  const options = { asked, from: 'there', wholeBytes: 100 };

  async function readAll(bytes: Buffer, pieceBytes: number): Promise<string[]> {
    const found: string[] = [];
    for await (const { name, came } of readFrames(inPieces(bytes, pieceBytes), options)) {
      const content = 'bytes' in came ? came.bytes : await buffer(came.content);
      if ('sizeBytes' in came) expect(content.length).toBe(came.sizeBytes);
      found.push(`${name.id[0]}:${content.toString('latin1')}`);
    }
    return found;
  }

  it.each([1, 7, 41, 42, 1000])('are read from pieces of %d bytes', async (pieceBytes) => {
    const large = Buffer.alloc(300, 'x');
    const bytes = Buffer.concat([frameOf(one, Buffer.from('abc')), frameOf(two, large)]);
    expect(await readAll(bytes, pieceBytes)).toEqual(['1:abc', `2:${large}`]);
    expect(
      await readAll(
        Buffer.concat([frameOf(one, Buffer.alloc(0)), frameOf(two, Buffer.from('z'))]),
        pieceBytes,
      ),
    ).toEqual(['1:', '2:z']);
  });

  const good = Buffer.from('abc');
  it.each([
    ['in another order', Buffer.concat([frameOf(two, good), frameOf(one, good)]), 'PROTOCOL'],
    ['of another object', Buffer.concat([frameOf(one, good), frameOf(keyOf('3'), good)]), 'PROTOCOL'],
    [
      'with one more',
      Buffer.concat([frameOf(one, good), frameOf(two, good), frameOf(two, good)]),
      'PROTOCOL',
    ],
    ['without one that is asked for', Buffer.concat([frameOf(one, good), frameOf(two)]), 'MISSING_OBJECT'],
    [
      'that end too early',
      Buffer.concat([frameOf(one, good), frameOf(two, good).subarray(0, -1)]),
      'UNAVAILABLE',
    ],
    ['that are none', Buffer.alloc(200, 0xee), 'PROTOCOL'],
    ['that are nothing', Buffer.alloc(0), 'UNAVAILABLE'],
  ] as const)('%s are refused', async (_, bytes, code) => {
    await expect(readAll(bytes, 50)).rejects.toMatchObject({ code });
  });
});

describe('batches', () => {
  const objects = (count: number, sizeBytes: number) =>
    Array.from({ length: count }, (_, at) => ({
      name: { id: at.toString(16).padStart(64, '0'), kind: 'filez' as const },
      sizeBytes,
    }));

  it('have everything in its order, are bounded, and leave something for every connection', () => {
    for (const [count, sizeBytes] of [
      [0, 1],
      [1, 50_000_000],
      [5000, 10],
      [3000, 20_000],
    ] as const) {
      const wanted = objects(count, sizeBytes);
      const batches = planBatches(wanted, 8);
      expect(batches.flat()).toEqual(wanted);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(2000);
        expect(batch.length === 1 || batch.length * sizeBytes <= 4 * 1024 * 1024).toBe(true);
      }
      if (count * sizeBytes > 8 * 512 * 1024 && count > 8) expect(batches.length).toBeGreaterThanOrEqual(8);
    }
  });
});
