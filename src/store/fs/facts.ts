import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isKey, OWN_PART } from '../key.ts';
import type { StoredObject } from '../store.ts';
import type { Folder } from './folder.ts';
import { unless } from './fs-error.ts';

/** Where it is written, below a store's folder. */
export const FACTS = join(OWN_PART, 'meta');

/** What is known of an object and does not stand in its file. */
export interface Facts {
  readonly key: string;
  readonly sha256: string;
  readonly mediaType?: string;
  readonly expiresAt?: number;
}

/**
 * Names one content of one file: a file that is written to, or that another one takes the place of, has another one. It is
 * the name of what is known of the file, so that this can never be taken for what is known of another.
 */
export const identityOf = (stats: BigIntStats): string => `${stats.ino}-${stats.size}-${stats.mtimeNs}`;

/** Writes what is known of a file before it becomes an object. It is on the disk when the promise resolves. */
export async function writeFacts(folder: Folder, identity: string, facts: Facts): Promise<void> {
  const path = join(folder.facts, identity);
  try {
    await using file = await open(path, 'w', 0o600);
    await file.writeFile(`${JSON.stringify({ version: 1, ...facts })}\n`);
    await file.sync();
  } catch (cause) {
    await removeFacts(folder, identity);
    throw cause;
  }
}

/** What is known of a file; nothing where somebody else put it there, or where it was known under another key. */
export async function readFacts(folder: Folder, identity: string, key: string): Promise<Facts | undefined> {
  const facts = await readAnyFacts(folder, identity);
  return facts?.key === key ? facts : undefined;
}

export async function readAnyFacts(folder: Folder, identity: string): Promise<Facts | undefined> {
  return await unless(['ENOENT'], readFactsFile(join(folder.facts, identity)));
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
const MAX_BYTES = 64 * 1024;

/**
 * What a file says, if it is one: whoever may write to a folder could put a pipe there, which would be waited for, or a file
 * without end. Throws what the file system says.
 */
export async function readFactsFile(path: string): Promise<Facts | undefined> {
  await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  const stats = await file.stat();
  return stats.isFile() && stats.size <= MAX_BYTES ? parseFacts(await file.readFile('utf8')) : undefined;
}

export async function removeFacts(folder: Folder, identity: string): Promise<void> {
  await rm(join(folder.facts, identity), { force: true });
}

/** The object that a file is, from the file and what is known of it. */
export function objectOf(key: string, stats: BigIntStats, facts: Facts | undefined): StoredObject {
  const { sha256, mediaType, expiresAt } = facts ?? {};
  return {
    key,
    sizeBytes: Number(stats.size),
    modifiedAt: Number(stats.mtimeMs),
    version: sha256 ?? `file-${createHash('sha256').update(identityOf(stats)).digest('hex')}`,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

// By hand: a build stores artifacts, and is not to load a library for these few fields.
export function parseFacts(text: string): Facts | undefined {
  const read = parseJson(text);
  if (typeof read !== 'object' || read === null) return undefined;
  const { version, key, sha256, mediaType, expiresAt } = read as Readonly<Record<string, unknown>>; // any field may be missing
  if (version !== 1 || typeof key !== 'string' || !isKey(key)) return undefined;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
  return {
    key,
    sha256,
    ...(typeof mediaType === 'string' ? { mediaType } : {}),
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a machine that stopped before the object was there left it unfinished
  }
}
