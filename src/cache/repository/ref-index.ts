import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSummary, isObjectId, type SummaryRef } from '../ostree/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';
import type { FolderTimes } from './ref-folders.ts';
import { replaceHint } from './replace-file.ts';
import { parseSummaryTable, type RefChanges, type SummaryTable } from './summary-table.ts';

/** What is known of the refs, so that nothing is read for each of them again. */
export interface RefIndex {
  /** The refs that the last summary lists. */
  readonly listed: SummaryTable;
  /** How what is there differs from that: set since, removed since, or there and too much to be listed. */
  readonly changes: RefChanges;
  /** When what is known of each folder was right. */
  readonly times: FolderTimes;
  /** Whether the summary is to be written anew. */
  readonly isAhead: boolean;
  /** Whether anything was known: else `listed` is not what the last summary lists. */
  readonly isKnown: boolean;
}

/** Of what earlier versions wrote nothing is used: with the first one, private refs were listed. */
const VERSION = 2;

/** The same on the disk; the refs that the last summary lists are in that. */
interface SavedIndex {
  readonly version: typeof VERSION;
  /** Which file that summary is. */
  readonly listed: string;
  readonly times: Readonly<Record<string, number>>;
  /** Refs that came since, or did not fit: known, and not listed. */
  readonly unlisted: readonly SummaryRef[];
  /** Refs that are listed and not there any more. */
  readonly removed: readonly string[];
  readonly isAhead: boolean;
}

/** Nothing is known. */
export const emptyIndex = (): RefIndex => ({
  listed: parseSummaryTable(encodeSummary({ refs: [] })),
  changes: new Map(),
  times: new Map(),
  isAhead: true,
  isKnown: false,
});

/** The last summary that Slipway wrote, under a name that no other program replaces. */
export const listedFile = ({ own }: Layout): string => join(own, 'summary.listed');

const indexFile = ({ own }: Layout): string => join(own, 'refs.json');

/** Which file it is: another one has another identity. `undefined` where there is none. */
export async function fileIdentity(path: string): Promise<string | undefined> {
  const found = await unless(ABSENT, lstat(path, { bigint: true }));
  return found && `${found.dev}.${found.ino}.${found.size}.${found.mtimeNs}`;
}

/** What is known; where that is not whole, or of another summary, nothing is: then all refs are read again. */
export async function loadIndex(layout: Layout): Promise<RefIndex> {
  const saved = readSaved(await unless(ABSENT, readFile(indexFile(layout), 'utf8')));
  if (saved === undefined || saved.listed !== (await fileIdentity(listedFile(layout)))) return emptyIndex();
  try {
    const changes = new Map<string, SummaryRef | undefined>(saved.removed.map((ref) => [ref, undefined]));
    for (const each of saved.unlisted) changes.set(each.ref, each);
    return {
      listed: parseSummaryTable(await readFile(listedFile(layout))),
      changes,
      times: new Map(Object.entries(saved.times)),
      isAhead: saved.isAhead,
      isKnown: true,
    };
  } catch (cause) {
    if (cause instanceof RangeError) return emptyIndex();
    throw cause;
  }
}

/** What is wrong in it is only forgotten: after a crash, or another version of Slipway, it may be anything. */
function readSaved(text: string | undefined): SavedIndex | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isSaved(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** By hand: a receiver does without what checks the shapes of larger things. */
function isSaved(value: unknown): value is SavedIndex {
  if (!isRecord(value) || value['version'] !== VERSION || !isRecord(value['times'])) return false;
  const { listed, times, unlisted, removed, isAhead } = value;
  return (
    typeof listed === 'string' &&
    typeof isAhead === 'boolean' &&
    Object.values(times).every((time) => typeof time === 'number') &&
    Array.isArray(removed) &&
    removed.every((ref) => typeof ref === 'string') &&
    Array.isArray(unlisted) &&
    unlisted.every(isSummaryRef)
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSummaryRef = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['ref'] === 'string' &&
  isObjectId(String(value['commit'])) &&
  typeof value['commitSizeBytes'] === 'number';

/** Remembers it, beside the summary that was written last. Not waited for: what a crash takes is read again. */
export async function saveIndex(layout: Layout, index: Omit<RefIndex, 'listed' | 'isKnown'>): Promise<void> {
  const values = [...index.changes];
  const saved: SavedIndex = {
    version: VERSION,
    listed: (await fileIdentity(listedFile(layout))) ?? '',
    times: Object.fromEntries(index.times),
    unlisted: values.flatMap(([, value]) => value ?? []),
    removed: values.flatMap(([ref, value]) => (value === undefined ? [ref] : [])),
    isAhead: index.isAhead,
  };
  await replaceHint(indexFile(layout), JSON.stringify(saved));
}
