import type { SourceEntry } from '../../../pipeline/index.ts';

const KINDS = ['file', 'folder', 'link'] as const;

/** Where in a cached build the listing of its source is. */
export const SOURCE_LISTING = 'meta/source.jsonl';

/** A listing is not read beyond it: a million files with paths of ordinary length. */
export const MAX_LISTING_BYTES = 256 * 1024 * 1024;

/** Each takes some hundred bytes of memory. */
const MAX_ENTRIES = 2_000_000;

/** What was in a source, one line an entry, so that it can be said later which files have changed. */
export function writeSourceListing(entries: readonly SourceEntry[]): Buffer {
  const lines = entries.map(({ path, kind, mode, content }) => JSON.stringify([path, kind, mode, content]));
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

/** The entries again; `undefined` where the bytes are no such listing. */
export function readSourceListing(bytes: Buffer): SourceEntry[] | undefined {
  const entries: SourceEntry[] = [];
  // Line by line: lines that are empty would take much more memory than their bytes.
  for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
    end = bytes.indexOf(0x0a, at);
    if (end < 0) end = bytes.length;
    if (end === at) continue;
    const entry = readEntry(bytes.toString('utf8', at, end));
    if (entry === undefined || entries.length >= MAX_ENTRIES) return undefined;
    entries.push(entry);
  }
  return entries;
}

function readEntry(line: string): SourceEntry | undefined {
  try {
    const parts: unknown = JSON.parse(line);
    if (!Array.isArray(parts) || parts.length !== 4) return undefined;
    const [path, kind, mode, content]: unknown[] = parts;
    const known = KINDS.find((each) => each === kind);
    const isEntry = typeof path === 'string' && typeof mode === 'number' && typeof content === 'string';
    return isEntry && known !== undefined ? { path, kind: known, mode, content } : undefined;
  } catch {
    return undefined; // no JSON
  }
}
