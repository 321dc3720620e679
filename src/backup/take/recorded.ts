import { createHash, type Hash } from 'node:crypto';
import type { StreamedEntry } from '../../archive/index.ts';
import { type BackupEntry, type BackupFile, ownFile } from '../entry.ts';
import {
  type BackupEnd,
  END_PATH,
  type FileLine,
  LINES_AT_ONCE,
  MANIFEST_FOLDER,
  type ManifestLine,
  numbered,
} from '../format.ts';

/** What a backup came to. */
export type Totals = { -readonly [K in 'files' | 'sizeBytes' | 'dropped']: BackupEnd[K] };

interface Recording {
  lines: string[];
  parts: number;
  readonly totals: Totals;
  /** Of all lines. */
  readonly hash: Hash;
}

/** Files of a backup as entries of its tar, with the manifest of what really went by between and after them. */
export async function* recorded(
  entries: AsyncIterable<BackupEntry>,
  now: () => number,
): AsyncGenerator<StreamedEntry, void, undefined> {
  const recording: Recording = {
    lines: [],
    parts: 0,
    totals: { files: 0, sizeBytes: 0, dropped: 0 },
    hash: createHash('sha256'),
  };
  for await (const entry of entries) {
    if ('dropped' in entry) drop(recording, entry.dropped);
    else if (entry.isOwn) yield streamed(entry, entry.content);
    else yield* file(recording, entry);
    if (recording.lines.length >= LINES_AT_ONCE) yield* flush(recording);
  }
  yield* flush(recording);
  const end: BackupEnd = {
    ...recording.totals,
    endedAt: new Date(now()).toISOString(),
    sha256: recording.hash.digest('hex'),
  };
  const last = ownFile(END_PATH, `${JSON.stringify(end)}\n`);
  yield streamed(last, last.content);
}

const streamed = (
  { path, sizeBytes, mode = 0o600 }: BackupFile,
  content: AsyncIterable<Uint8Array>,
): StreamedEntry => ({ path, kind: 'file', mode, sizeBytes, content });

async function* file(
  recording: Recording,
  entry: BackupFile,
): AsyncGenerator<StreamedEntry, void, undefined> {
  const hash = createHash('sha256');
  yield streamed(entry, hashed(entry.content, hash));
  // Whoever asked for the next one has taken all of this one.
  const { path, sizeBytes, mode, modifiedAt } = entry;
  const line: FileLine = {
    path,
    sizeBytes,
    sha256: hash.digest('hex'),
    ...(mode !== undefined && { mode }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  };
  recording.totals.files += 1;
  recording.totals.sizeBytes += sizeBytes;
  note(recording, line);
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of content) {
    hash.update(bytes);
    yield bytes;
  }
}

function drop(recording: Recording, path: string): void {
  recording.totals.dropped += 1;
  note(recording, { dropped: path });
}

function note({ lines, hash }: Recording, line: ManifestLine): void {
  const text = `${JSON.stringify(line)}\n`;
  hash.update(text);
  lines.push(text);
}

async function* flush(recording: Recording): AsyncGenerator<StreamedEntry, void, undefined> {
  if (recording.lines.length === 0) return;
  recording.parts += 1;
  const part = ownFile(numbered(MANIFEST_FOLDER, recording.parts), recording.lines.join(''));
  recording.lines = [];
  yield streamed(part, part.content);
}
