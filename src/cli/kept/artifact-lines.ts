import type { ManifestEntry } from '../../artifacts/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { ShownArtifact } from '../events-schema/kept-lines.ts';
import { formatAge } from '../render/age.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { NAME_LENGTH } from './run-lines.ts';

const PATH_LENGTH = 4096;

const COLUMNS = [
  { title: 'NAME' },
  { title: 'FILE' },
  { title: 'SIZE', align: 'right' },
  { title: 'FILES', align: 'right' },
  { title: 'STORED', align: 'right' },
  { title: 'EXPIRES', align: 'right' },
] as const;

const DIGEST = { title: 'SHA-256' } as const;

function stateOf({ present, expiresAt }: ShownArtifact, now: number): string {
  if (expiresAt !== undefined && expiresAt <= now) return 'expired';
  if (!present) return 'gone';
  return expiresAt === undefined ? '' : formatAge(expiresAt, now);
}

/** The artifacts of a run as a table. */
export function artifactTable(
  artifacts: readonly ShownArtifact[],
  { now, long }: { readonly now: number; readonly long: boolean },
): string[] {
  const rows = artifacts.map((artifact) => [
    shownText(artifact.name, NAME_LENGTH),
    shownText(artifact.fileName),
    formatBytes(artifact.sizeBytes),
    artifact.files === undefined ? '' : String(artifact.files),
    formatAge(artifact.storedAt, now),
    stateOf(artifact, now),
    ...(long ? [artifact.sha256] : []),
  ]);
  return tableLines(
    long ? [...COLUMNS, DIGEST] : COLUMNS,
    rows.map((row) => row.map((text) => ({ text }))),
  );
}

const LETTERS = { file: '-', folder: 'd', link: 'l' } as const;

/** `-rwxr-xr-x` */
export function modeText({ type, mode }: Pick<ManifestEntry, 'type' | 'mode'>): string {
  const bits = Array.from('rwxrwxrwx', (letter, index) => (mode & (0o400 >> index) ? letter : '-'));
  if (mode & 0o4000) bits[2] = bits[2] === 'x' ? 's' : 'S';
  if (mode & 0o2000) bits[5] = bits[5] === 'x' ? 's' : 'S';
  if (mode & 0o1000) bits[8] = bits[8] === 'x' ? 't' : 'T';
  return LETTERS[type] + bits.join('');
}

function pathText({ path, type, target }: ManifestEntry): string {
  const shown = shownText(path, PATH_LENGTH);
  if (type === 'folder') return `${shown}/`;
  return target === undefined ? shown : `${shown} -> ${shownText(target, PATH_LENGTH)}`;
}

const byPath = (a: ManifestEntry, b: ManifestEntry): number =>
  Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

/** Entries in the order of their paths' bytes, as `LC_ALL=C sort` has them. */
export const sortedEntries = (entries: readonly ManifestEntry[]): ManifestEntry[] => entries.toSorted(byPath);

/** One line for each: the path alone, or with mode, size, time and digest before it. */
export function entryLines(entries: readonly ManifestEntry[], long: boolean): string[] {
  if (!long) return entries.map(pathText);
  const sizes = entries.map(({ type, sizeBytes }) => (type === 'file' ? String(sizeBytes) : ''));
  const width = sizes.reduce((most, size) => Math.max(most, size.length), 0);
  return entries.map((entry, index) => {
    const time = new Date(entry.modifiedAt * 1000);
    const shownTime = Number.isFinite(time.getTime()) ? time.toISOString().slice(0, 19) : '-'.padEnd(19);
    const digest = (entry.sha256 ?? '').padEnd(64);
    return `${modeText(entry)}  ${sizes[index]?.padStart(width)}  ${shownTime}  ${digest}  ${pathText(entry)}`;
  });
}
