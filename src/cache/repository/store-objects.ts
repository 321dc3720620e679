import { join } from 'node:path';
import { type ObjectStore, StoreError } from '../../store/index.ts';
import { type ObjectName, objectPath } from '../ostree/index.ts';
import { openFolderObjects } from './folder-objects.ts';
import type { Layout } from './layout.ts';
import type { ObjectArea, Placed, StagedObject } from './object-area.ts';
import { tooLarge } from './object-trouble.ts';
import { openStored } from './open-stored.ts';
import type { StoredBytes } from './repository.ts';
import { aboutStore, forEachBeside, fromStore } from './store-trouble.ts';
import { openStoredMarks, type StoredMarks } from './stored-marks.ts';

export interface StoreObjectsOptions {
  readonly layout: Layout;
  readonly store: ObjectStore;
  /** In front of every key; empty, or ends with a slash. */
  readonly prefix: string;
}

/** How many objects are on their way at a time. */
const AT_A_TIME = 16;

/**
 * Objects in a store. Commits and trees are in the folder as well, so that a closure is looked through without a request for
 * each; and so is a mark for each file, without its content, so that nobody asks the store what it has. The store has all of
 * them, as a web server would serve them.
 */
export async function openStoreObjects({ layout, store, prefix }: StoreObjectsOptions): Promise<ObjectArea> {
  const folder = openFolderObjects(layout.root);
  const keyOf = (name: ObjectName): string => prefix + objectPath(name);
  const marks = await openStoredMarks(join(layout.own, 'stored'), { store, prefix });
  const isFile = ({ kind }: ObjectName): boolean => kind === 'filez';
  const areaOf = (name: ObjectName): Pick<ObjectArea, 'sizeOf'> => (isFile(name) ? marks.area : folder);
  const missingOf: ObjectArea['missingOf'] = async (names) => {
    const missing = new Set([
      ...(await folder.missingOf(names.filter((name) => !isFile(name)))),
      ...(await marks.area.missingOf(names.filter(isFile))),
    ]);
    return names.filter((name) => missing.has(name));
  };
  /** What is known here of objects. */
  const forget: ObjectArea['remove'] = async (names, removing) =>
    (await folder.remove(
      names.filter((name) => !isFile(name)),
      removing,
    )) + (await marks.area.remove(names.filter(isFile), removing));
  return {
    sizeOf: (name) => areaOf(name).sizeOf(name),
    missingOf,
    open: (name) => (isFile(name) ? aboutStore(() => openContent(store, keyOf(name))) : folder.open(name)),
    async read(name, maxBytes) {
      if (!isFile(name)) return await folder.read(name, maxBytes);
      await using found = await aboutStore(() => openContent(store, keyOf(name)));
      if (found === undefined) return undefined;
      if (found.sizeBytes > maxBytes) throw tooLarge(name, found.sizeBytes, maxBytes);
      const pieces: Buffer[] = [];
      for await (const piece of found) pieces.push(Buffer.from(piece));
      return Buffer.concat(pieces);
    },
    async place(objects) {
      const files = objects.filter(({ name }) => isFile(name));
      const others = objects.filter(({ name }) => !isFile(name));
      const placed = await placeFiles(files, { store, keyOf, marks });
      // What is here is there as well: it is placed there first.
      const unknown = new Set(await folder.missingOf(others.map(({ name }) => name)));
      // The store has what a commit needs before it has the commit.
      for (const kind of ['dirmeta', 'dirtree', 'commit', 'commitmeta']) {
        const same = others.filter(({ name }) => name.kind === kind && unknown.has(name));
        await forEachBeside(same, AT_A_TIME, async (object) => await put(store, keyOf(object.name), object));
      }
      const here = await folder.place(others);
      return { newObjects: placed.newObjects + here.newObjects, newBytes: placed.newBytes + here.newBytes };
    },
    async *list() {
      yield* folder.list();
      yield* marks.area.list();
    },
    async remove(names, options) {
      // The mark first: one without an object would make a push believe that it is there.
      const removed = await forget(names, options);
      const going = await missingOf(names);
      await forEachBeside(going, AT_A_TIME, async (name) => {
        await aboutStore(() => store.remove(keyOf(name)));
      });
      // Who placed one meanwhile found it in the store, where it is not any more: without its mark it is placed again.
      await forget(going);
      return removed;
    },
    async renew(names) {
      await folder.renew(names.filter((name) => !isFile(name)));
      await marks.area.renew(names.filter(isFile));
    },
    touch: (name) => folder.touch(name),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function openContent(store: ObjectStore, key: string): Promise<StoredBytes | undefined> {
  const content = await store.open(key);
  if (content === undefined) return undefined;
  return {
    sizeBytes: content.object.sizeBytes,
    [Symbol.asyncIterator]: () => fromStore(content),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

interface Target {
  readonly store: ObjectStore;
  readonly keyOf: (name: ObjectName) => string;
  readonly marks: StoredMarks;
}

async function placeFiles(files: readonly StagedObject[], { store, keyOf, marks }: Target): Promise<Placed> {
  const missing = new Set(await marks.area.missingOf(files.map(({ name }) => name)));
  const fresh = files.filter(({ name }) => missing.has(name));
  await marks.area.renew(files.map(({ name }) => name).filter((name) => !missing.has(name)));
  await forEachBeside(fresh, AT_A_TIME, async (object) => {
    await put(store, keyOf(object.name), object);
    marks.add(object.name, object.sizeBytes);
  });
  return { newObjects: fresh.length, newBytes: fresh.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

/** Nothing takes the place of what is there: it was checked when it came. */
async function put(store: ObjectStore, key: string, { path, sizeBytes }: StagedObject): Promise<void> {
  await using content = await openStored(path);
  if (content === undefined) throw new Error(`${path} is gone before it was stored`);
  await aboutStore(async () => {
    try {
      await store.put(key, content, { sizeBytes, ifAbsent: true, mediaType: 'application/octet-stream' });
    } catch (cause) {
      if (!(cause instanceof StoreError && cause.code === 'EXISTS')) throw cause;
    }
  });
}
