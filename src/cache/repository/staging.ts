import { renameSync } from 'node:fs';
import { lstat, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CacheError } from '../error.ts';
import {
  MAX_METADATA_BYTES,
  type ObjectName,
  objectFileName,
  objectId,
  verifyWholeObject,
} from '../ostree/index.ts';
import { ABSENT, errorCode, fileTrouble, unless } from './file-trouble.ts';
import { type KeptObjects, letGoOfKept, openKeptObjects } from './kept-objects.ts';
import { missingOnceRenewed } from './missing-once-renewed.ts';
import type { StagedObject } from './object-area.ts';
import { corrupt, tooLarge } from './object-trouble.ts';
import { openStored } from './open-stored.ts';
import { publish } from './publish.ts';
import { receiveObject, writeNewFile } from './receive-object.ts';
import { removeStaged } from './remove-staged.ts';
import type { Published, PublishOptions, Ref, Staging, StagingOptions, StoredBytes } from './repository.ts';
import type { ReceivingParts } from './repository-parts.ts';
import { reserveRoom } from './reserve-room.ts';
import { createRoom, type Room } from './room.ts';
import { makeStagingFolder, sweepStagingFolders } from './staging-folder.ts';

/** How many names are remembered, whatever is asked for: ten megabytes. */
const MAX_ABSENT = 100_000;

/** Opens a staging, and removes what those of killed processes left. */
export async function openStaging(parts: ReceivingParts, options: StagingOptions = {}): Promise<Staging> {
  const { temporary } = parts.layout;
  try {
    await sweepStagingFolders(temporary, Date.now());
    const folder = await makeStagingFolder(temporary); // first: who sees it lets go of nothing that was kept
    const kept = options.resumable === true ? await openKept(parts, folder) : undefined;
    return new FolderStaging(parts, folder, kept);
  } catch (cause) {
    throw fileTrouble('make a folder for what comes in', temporary, cause);
  }
}

async function openKept(parts: ReceivingParts, folder: string): Promise<KeptObjects | undefined> {
  const { quotaBytes: maxBytes } = parts.settings;
  const keeping = { now: Date.now(), ...(maxBytes !== undefined && { maxBytes }) };
  try {
    return await openKeptObjects(parts.layout, keeping);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

class FolderStaging implements Staging {
  readonly #parts: ReceivingParts;
  readonly #folder: string;
  readonly #kept: KeptObjects | undefined;
  readonly #room: Room;
  readonly #staged = new Map<string, StagedObject>();
  /** What the repository was found not to have: whoever publishes it meanwhile has the same bytes. */
  readonly #absent = new Set<string>();
  #stagedBytes = 0;
  #files = 0;
  /** There was no room for something of it. */
  #isTooMuch = false;

  constructor(parts: ReceivingParts, folder: string, kept: KeptObjects | undefined) {
    this.#parts = parts;
    this.#folder = folder;
    this.#kept = kept;
    this.#room = createRoom(parts.layout.root, parts.settings.keepFreeBytes);
  }

  async temporaryFile(): Promise<string> {
    const path = this.#newPath();
    await this.#about(async () => writeNewFile(path, new Uint8Array()));
    return path;
  }

  async add(
    name: ObjectName,
    content: AsyncIterable<Uint8Array>,
    { sizeBytes }: { readonly sizeBytes: number },
  ): Promise<void> {
    const maxBytes = this.#maxBytesOf(name);
    if (sizeBytes > maxBytes) throw tooLarge(name, sizeBytes, maxBytes);
    if (await this.has(name)) return await drain(content);
    this.#count(sizeBytes);
    const path = this.#newPath();
    try {
      using _room = await this.#reserve(sizeBytes);
      await receiveObject(name, content, { path, sizeBytes, maxBytes });
      await this.#settle({ name, path, sizeBytes });
    } catch (cause) {
      this.#stagedBytes -= sizeBytes;
      await rm(path, { force: true });
      throw this.#trouble(name, cause);
    }
  }

  async addWhole(name: ObjectName, bytes: Uint8Array): Promise<void> {
    const sizeBytes = bytes.length;
    const maxBytes = this.#maxBytesOf(name);
    if (sizeBytes > maxBytes) throw tooLarge(name, sizeBytes, maxBytes);
    if (await this.has(name)) return;
    this.#count(sizeBytes);
    try {
      await verifyWholeObject(name, bytes, { maxBytes });
      using _room = await this.#reserve(sizeBytes);
      await this.#write(name, bytes);
    } catch (cause) {
      this.#stagedBytes -= sizeBytes;
      throw this.#trouble(name, cause);
    }
  }

  async adopt(name: ObjectName, temporaryFile: string): Promise<void> {
    if (dirname(temporaryFile) !== this.#folder)
      throw new TypeError(`${temporaryFile} is no file of this staging`);
    if (await this.has(name)) return await rm(temporaryFile);
    const { size: sizeBytes } = await this.#about(() => lstat(temporaryFile));
    this.#count(sizeBytes);
    await this.#about(() => this.#settle({ name, path: temporaryFile, sizeBytes }));
  }

  async addMetadata(kind: 'commit' | 'dirtree' | 'dirmeta', bytes: Uint8Array): Promise<ObjectName> {
    const name: ObjectName = { id: objectId(bytes), kind };
    await this.addWhole(name, bytes);
    return name;
  }

  async has(name: ObjectName): Promise<boolean> {
    if (this.#find(name) !== undefined) return true;
    const { area } = this.#parts;
    if (this.#absent.has(objectFileName(name)) || (await area.sizeOf(name)) === undefined) return false;
    // Whoever asks counts on it, and nothing that names it is here yet.
    return (await missingOnceRenewed(area, [name])).length === 0;
  }

  async missingOf(names: readonly ObjectName[]): Promise<readonly ObjectName[]> {
    const coming = names.filter((name) => this.#find(name) === undefined);
    const missing = await missingOnceRenewed(this.#parts.area, coming);
    for (const name of missing) if (this.#absent.size < MAX_ABSENT) this.#absent.add(objectFileName(name));
    return missing;
  }

  async readMetadata(name: ObjectName): Promise<Uint8Array | undefined> {
    const staged = this.#find(name);
    if (staged === undefined) return await this.#parts.readMetadata(name);
    if (staged.sizeBytes > MAX_METADATA_BYTES) throw tooLarge(name, staged.sizeBytes, MAX_METADATA_BYTES);
    const bytes = await this.#about(() => unless(ABSENT, readFile(staged.path)));
    if (bytes === undefined) return await this.#parts.readMetadata(name); // see `open`
    if (objectId(bytes) === name.id) return bytes;
    throw corrupt(name, 'it was changed after it came');
  }

  async open(name: ObjectName): Promise<StoredBytes | undefined> {
    const staged = this.#find(name);
    const opened = staged && (await this.#about(() => openStored(staged.path)));
    // Another push that goes on where the same one was cut has published it.
    return opened ?? (await this.#parts.area.open(name));
  }

  async publish(refs: readonly Ref[], options: PublishOptions = {}): Promise<Published> {
    const staged = { find: (name: ObjectName) => this.#find(name), all: () => [...this.#staged.values()] };
    const published = await publish(this.#parts, { refs, options, staged, reader: this }).catch(
      (error: unknown) => {
        throw this.#noted(error);
      },
    );
    if (this.#kept !== undefined) await removeStaged([...this.#staged.values()]);
    return published;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    // What filled the disk, and did not fit, keeps everybody else from theirs if it stays. That it did not fit is what is told.
    if (this.#isTooMuch) await letGoOfKept(this.#parts.layout).catch(() => {});
  }

  /** One that was kept from an earlier push is part of this one from when it is first asked for. */
  #find(name: ObjectName): StagedObject | undefined {
    const key = objectFileName(name);
    const staged = this.#staged.get(key);
    if (staged !== undefined || this.#kept === undefined) return staged;
    const kept = this.#kept.find(name);
    if (kept !== undefined) this.#staged.set(key, kept);
    return kept;
  }

  #maxBytesOf({ kind }: ObjectName): number {
    return kind === 'filez' ? this.#parts.settings.maxObjectBytes : MAX_METADATA_BYTES;
  }

  /** Where it is kept, in one go; where somebody else writes or has left the same, beside that and then in its place. */
  async #write(name: ObjectName, bytes: Uint8Array): Promise<void> {
    const sizeBytes = bytes.length;
    const kept = this.#kept?.pathOf(name);
    if (kept !== undefined && !this.#staged.has(objectFileName(name))) {
      try {
        writeNewFile(kept, bytes);
        return await this.#settle({ name, path: kept, sizeBytes });
      } catch (cause) {
        if (errorCode(cause) !== 'EEXIST') throw cause;
      }
    }
    const path = this.#newPath();
    writeNewFile(path, bytes);
    await this.#settle({ name, path, sizeBytes });
  }

  async #settle(object: StagedObject): Promise<void> {
    const key = objectFileName(object.name);
    if (this.#staged.has(key)) {
      this.#stagedBytes -= object.sizeBytes;
      return await rm(object.path, { force: true }); // it came twice at the same time
    }
    const path = this.#kept?.pathOf(object.name) ?? object.path;
    if (path !== object.path) renameSync(object.path, path); // as cheap as handing it to a thread
    this.#staged.set(key, { ...object, path, modifiedAt: Date.now() });
  }

  #reserve(sizeBytes: number): Promise<Disposable> {
    const counted = (): readonly string[] => [...this.#staged.values()].map(({ path }) => path);
    return reserveRoom(this.#room, sizeBytes, { parts: this.#parts, own: this.#folder, counted });
  }

  #trouble(name: ObjectName, cause: unknown): unknown {
    const attempt = `store the object ${objectFileName(name)} in`;
    return this.#noted(fileTrouble(attempt, this.#parts.layout.root, cause));
  }

  #noted(error: unknown): unknown {
    if (error instanceof CacheError && error.code === 'NO_SPACE') this.#isTooMuch = true;
    return error;
  }

  /** What cannot fit when everything else is gone need not be received to its end. */
  #count(sizeBytes: number): void {
    const { quotaBytes } = this.#parts.settings;
    this.#stagedBytes += sizeBytes;
    if (quotaBytes === undefined || this.#stagedBytes <= quotaBytes) return;
    this.#stagedBytes -= sizeBytes;
    this.#isTooMuch = true;
    throw new CacheError(
      'NO_SPACE',
      `What is stored would take more than the quota of ${quotaBytes} bytes of ${this.#parts.layout.root} by itself`,
    );
  }

  #newPath(): string {
    this.#files += 1;
    return `${this.#folder}/${this.#files}`;
  }

  async #about<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw fileTrouble('write below', this.#folder, cause);
    }
  }
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of content);
}
