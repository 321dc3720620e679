import type { Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DigestMemory, FileDigest } from '../../../archive/index.ts';

/** How a file looked: [size, modified, changed, inode, device, sha256, words]. Times in milliseconds. */
type Line = [number, number, number, number, number, string, string[]];

/** What is known of the files of one folder, kept from run to run. */
export interface SourceMemory extends DigestMemory {
  /** Writes down what was found. Trouble with it is nobody's: the next run reads the files again. */
  save(): Promise<void>;
}

const VERSION = 1;

/**
 * A file that was changed this short before it was read may be changed again without looking different: the clock of the
 * file system takes steps, of 4 to 10 ms on Linux and of up to 2 s elsewhere.
 */
const CLOCK_STEP_MS = 2000;

/** Remembers the files of a tree in a file of its own. A damaged one is as good as none. */
export async function openSourceMemory(file: string): Promise<SourceMemory> {
  const earlier = await read(file);
  const now = new Map<string, Line>();
  let isNew = false;
  return {
    recall(path, stats) {
      const line = earlier.get(path);
      if (line === undefined || !looksTheSame(line, stats)) return undefined;
      now.set(path, line);
      return { sha256: line[5], words: line[6] };
    },
    remember(path, stats, { sha256, words }: FileDigest) {
      const lastChange = Math.max(stats.mtimeMs, stats.ctimeMs);
      if (Math.abs(Date.now() - lastChange) < CLOCK_STEP_MS) return;
      const { size, mtimeMs, ctimeMs, ino, dev } = stats;
      now.set(path, [size, mtimeMs, ctimeMs, ino, dev, sha256, [...words]]);
      isNew = true;
    },
    async save() {
      if (isNew || now.size !== earlier.size) await write(file, now); // else it says so already
    },
  };
}

const looksTheSame = ([size, modified, changed, inode, device]: Line, stats: Stats): boolean =>
  size === stats.size &&
  modified === stats.mtimeMs &&
  changed === stats.ctimeMs &&
  inode === stats.ino &&
  device === stats.dev;

async function read(file: string): Promise<ReadonlyMap<string, Line>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return new Map();
  try {
    const found: unknown = JSON.parse(text);
    return isMemory(found) ? new Map(found.files) : new Map();
  } catch {
    return new Map(); // cut off in the middle
  }
}

interface Memory {
  readonly version: number;
  readonly files: readonly [string, Line][];
}

function isMemory(found: unknown): found is Memory {
  if (typeof found !== 'object' || found === null) return false;
  const { version, files } = found as Partial<Memory>;
  return version === VERSION && Array.isArray(files) && files.every(isEntry);
}

const isEntry = (entry: unknown): boolean =>
  Array.isArray(entry) &&
  typeof entry[0] === 'string' &&
  Array.isArray(entry[1]) &&
  entry[1].length === 7 &&
  entry[1].slice(0, 5).every((part: unknown) => typeof part === 'number') &&
  /^[0-9a-f]{64}$/.test(String(entry[1][5])) &&
  Array.isArray(entry[1][6]) &&
  entry[1][6].every((word: unknown) => typeof word === 'string');

async function write(file: string, files: ReadonlyMap<string, Line>): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(fresh, JSON.stringify({ version: VERSION, files: [...files] }));
    await rename(fresh, file);
  } catch {
    await rm(fresh, { force: true });
  }
}
