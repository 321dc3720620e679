import { open, readFile, rename, rm } from 'node:fs/promises';
import { currentOwner, type Owner } from '../kernel/index.ts';
import type { ByteRange } from '../store/index.ts';
import { errorCode } from './error.ts';
import { addRange } from './intervals.ts';
import type { FetchSource } from './source.ts';

/** What is known of a file that is being fetched: it lies beside, as `<path>.json`. */
export interface State {
  readonly version: 1;
  readonly owner: Owner;
  /** The source's. */
  readonly content: string;
  readonly sizeBytes: number;
  readonly done: readonly ByteRange[];
}

/** Says which parts of what are in the file, once they are on the disk. */
export async function writeState(
  path: string,
  source: FetchSource,
  done: readonly ByteRange[],
): Promise<void> {
  const state: State = {
    version: 1,
    owner: currentOwner(),
    content: source.version ?? '',
    sizeBytes: source.sizeBytes ?? 0,
    done: source.hasRanges ? done : [],
  };
  await replaceFile(`${path}.json`, JSON.stringify(state));
}

/** `undefined` where there is none that can be believed. */
export async function readState(path: string): Promise<State | undefined> {
  try {
    return parseState(JSON.parse(await readFile(`${path}.json`, 'utf8')));
  } catch (cause) {
    if (cause instanceof SyntaxError || errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function parseState(read: unknown): State | undefined {
  if (typeof read !== 'object' || read === null) return undefined;
  const { version, owner, content, sizeBytes, done } = read as Partial<Record<keyof State, unknown>>; // any may be missing
  if (version !== 1 || typeof content !== 'string' || !isCount(sizeBytes) || !Array.isArray(done))
    return undefined;
  if (typeof owner !== 'object' || owner === null || !('host' in owner) || !('process' in owner))
    return undefined;
  const { host, process } = owner;
  if (typeof host !== 'string' || typeof process !== 'string') return undefined;
  let ranges: ByteRange[] = [];
  for (const range of done as readonly Partial<ByteRange>[]) {
    if (!isCount(range?.start) || !isCount(range.end) || range.end > sizeBytes) return undefined;
    ranges = addRange(ranges, { start: range.start, end: range.end });
  }
  return { version, owner: { host, process }, content, sizeBytes, done: ranges };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true }); // what is there by that name may be a link
  await using file = await open(fresh, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
  await rename(fresh, path);
}
