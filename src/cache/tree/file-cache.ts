import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, realpathSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId } from '../ostree/index.ts';

/** Which content files had when they were read, so that what did not change since is not read again. */
export interface FileCache {
  /** `undefined` where it has to be read. */
  idOf(stats: BigIntStats): string | undefined;
  note(stats: BigIntStats, id: string): void;
  /** Keeps what was noted for the next time. That it cannot be kept is no failure: everything is read again then. */
  save(): Promise<void>;
}

const FIRST_LINE = 'slipway files 1';
const MAX_FOLDERS = 16; // each is a file of 130 bytes for every file of its folder
const MAX_BYTES = 256 * 1024 ** 2;

// A file that was written just before it was read may be written again within the same tick of its file system's clock,
// and nothing but its content would tell. FAT ticks every two seconds.
const TICK_NS = 2_000_000_000n;

const keyOf = ({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev} ${ino} ${mode} ${size} ${mtimeNs} ${ctimeNs}`;

async function read(file: string): Promise<Map<string, string>> {
  try {
    if ((await stat(file)).size > MAX_BYTES) return new Map();
    const [first, ...lines] = (await readFile(file, 'latin1')).split('\n');
    if (first !== FIRST_LINE || lines.pop() !== '') return new Map(); // another version's, or cut
    return new Map(lines.map((line) => [line.slice(65), line.slice(0, 64)]));
  } catch {
    return new Map(); // none, or it cannot be read: the files themselves are
  }
}

async function write(folder: string, file: string, entries: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${randomUUID()}`);
  const lines = Array.from(entries, ([key, id]) => `${id} ${key}\n`);
  try {
    await writeFile(temporary, `${FIRST_LINE}\n${lines.join('')}`, { encoding: 'latin1', mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Those that were not written for longest go. */
async function removeOldest(folder: string): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, mtimeMs: (await stat(path)).mtimeMs };
    }),
  );
  const old = files.toSorted((a, b) => b.mtimeMs - a.mtimeMs).slice(MAX_FOLDERS);
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

/**
 * What was noted of the files in a folder. Entries count for the same file with the same size, mode and times, to the
 * nanosecond; what changed so shortly before it was read that it could change again unseen is not noted at all.
 */
export async function openFileCache(notesFolder: string, folder: string, nowMs: number): Promise<FileCache> {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 32);
  const file = join(notesFolder, name);
  const before = await read(file);
  const now = new Map<string, string>();
  const openedNs = BigInt(nowMs) * 1_000_000n;
  const isSettled = ({ mtimeNs, ctimeNs }: BigIntStats): boolean =>
    mtimeNs < openedNs - TICK_NS && ctimeNs < openedNs - TICK_NS;
  return {
    idOf(stats) {
      const id = isSettled(stats) ? before.get(keyOf(stats)) : undefined;
      return id !== undefined && isObjectId(id) ? id : undefined;
    },
    note(stats, id) {
      if (isSettled(stats)) now.set(keyOf(stats), id);
    },
    async save() {
      try {
        await write(notesFolder, file, now);
        await removeOldest(notesFolder);
      } catch {
        // A full or read-only disk: whoever commits learns of that where it matters.
      }
    },
  };
}
