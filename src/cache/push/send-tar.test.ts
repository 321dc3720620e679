import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTar } from '../../archive/index.ts';
import { type ObjectName, objectFileName, objectPath } from '../ostree/object-name.ts';
import { walkCommit } from '../ostree/walk-commit.ts';
import { createOutgoing } from './outgoing.ts';
import { sendTar } from './send-tar.ts';
import { type ObjectSource, openFeed, storedObjects } from './stored-objects.ts';
import { createPushRig, type PushRig } from './testing/push-rig.ts';

let rig: PushRig;
let names: ObjectName[];

beforeAll(async () => {
  rig = await createPushRig();
  const small = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`s/${i}`, randomBytes(i * 300)]));
  const files = { ...small, large: randomBytes(1_700_000), middle: randomBytes(140_000) };
  const [ref] = rig.commit(['p/e/k'], files);
  names = await all(walkCommit(rig.source, [ref?.commit ?? '']));
});
afterAll(async () => await rig[Symbol.asyncDispose]());

/** The same repository, as if its objects were elsewhere. */
const elsewhere = (): ObjectSource => ({
  folder: rig.source.folder,
  settings: { ...rig.source.settings, objects: 's3://bucket' },
  sizeOf: (name) => rig.source.sizeOf(name),
  open: (name) => rig.source.open(name),
});

/** Chunks may be borrowed, so each is copied while it is there. */
async function all<T>(items: AsyncIterable<T>, copy = (item: T): T => item): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(copy(item));
  return found;
}

async function stored(name: ObjectName): Promise<Buffer> {
  await using bytes = await rig.source.open(name);
  if (bytes === undefined) throw new Error(`${objectFileName(name)} is not there`);
  return Buffer.concat(await all<Uint8Array>(bytes, (chunk) => Buffer.from(chunk)));
}

async function sent(source: ObjectSource): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      pieces.push(Buffer.from(chunk)); // as a socket does: the memory is used again
      setImmediate(done);
    },
  });
  const out = createOutgoing(stream, { stallMs: 60_000, signal: new AbortController().signal });
  let bytes = 0;
  const objects = await storedObjects(source, names);
  await sendTar(source, objects, out, (more) => {
    bytes += more.bytes;
  });
  out.end();
  await finished(stream);
  expect(bytes).toBe(objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  return Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

describe('the tar of a push', () => {
  it.each([
    ['in the folder', () => rig.source],
    ['elsewhere', elsewhere],
  ])('has every object as it is stored, in whole records, where objects are %s', async (_, source) => {
    const tar = await sent(source());
    expect(tar.length % 10_240).toBe(0);
    const found = new Map<string, Buffer>();
    for await (const entry of readTar(once(tar))) {
      found.set(entry.path, Buffer.concat(await all(entry.content())));
    }
    expect(found.size).toBe(names.length);
    for (const name of names) expect(found.get(objectFileName(name))).toEqual(await stored(name));
  });

  it('is not begun where an object is missing', async () => {
    const missing: ObjectName = { id: 'ab'.repeat(32), kind: 'filez' };
    for (const source of [rig.source, elsewhere()]) {
      await expect(storedObjects(source, [...names, missing])).rejects.toMatchObject({
        code: 'MISSING_OBJECT',
      });
    }
  });
});

describe('objects that are read in a row', () => {
  it('are asked for ahead where the disk takes its time, and are the same', async () => {
    const objects = await storedObjects(rig.source, names);
    await using feed = openFeed(rig.source, objects, -1); // everything is slow
    for (const [index, { name, sizeBytes }] of objects.entries()) {
      await feed.prepare(index);
      const memory = Buffer.alloc(sizeBytes);
      if (feed.readSmall(index, memory, 0)) expect(memory).toEqual(await stored(name));
      else expect(sizeBytes).toBeGreaterThan(128 * 1024);
    }
  });

  it('are told where one changes its size or goes meanwhile', async () => {
    await using other = await createPushRig();
    const [ref] = other.commit(['p/e/k'], { small: 'small', large: randomBytes(300_000) });
    const reachable = await all(walkCommit(other.source, [ref?.commit ?? '']));
    const objects = await storedObjects(other.source, reachable);
    const [small, large] = [1000, 200_000].map((bytes) =>
      objects.findIndex(({ name, sizeBytes }) => name.kind === 'filez' && sizeBytes > bytes === bytes > 1000),
    );
    const path = (index = -1): string =>
      join(other.source.folder, objectPath(objects[index]?.name ?? missing));
    writeFileSync(path(small), 'x');
    writeFileSync(path(large), 'x');
    await using feed = openFeed(other.source, objects);
    const memory = Buffer.alloc(300_000);
    expect(() => feed.readSmall(small ?? -1, memory, 0)).toThrow(/changed its size/);
    const reading = feed.pieces(
      large ?? -1,
      async () => memory,
      () => {},
    );
    await expect(reading).rejects.toThrow(/changed its size/);
    rmSync(path(small));
    expect(() => feed.readSmall(small ?? -1, memory, 0)).toThrow(/could not be read/);
  });
});

const missing: ObjectName = { id: 'ab'.repeat(32), kind: 'filez' };
