import type { LayoutEntry, LayoutOptions } from '../../archive/index.ts';
import type { DownloadContent } from '../content.ts';
import type { ArchiveFormat, LaidOut } from './lay-out.ts';
import { type OpenPieces, readLayout } from './piece-reader.ts';

export interface ArchiveContentOptions {
  readonly laidOut: LaidOut;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly open: OpenPieces;
}

const MEDIA_TYPES: Readonly<Record<ArchiveFormat, string>> = {
  tar: 'application/x-tar',
  'tar.gz': 'application/gzip',
  zip: 'application/zip',
};

/** A laid out archive as something to download. */
export function archiveContent({ laidOut, name, modifiedAt, open }: ArchiveContentOptions): DownloadContent {
  const { layout, etag } = laidOut;
  // Held as a whole for as long as it is read: the cache gives what is held to others too.
  return {
    sizeBytes: layout.sizeBytes,
    etag,
    modifiedAt,
    mediaType: MEDIA_TYPES[layout.format],
    fileName: `${name}.${layout.format}`,
    read: (range, signal) => readLayout(laidOut.layout, range, open, signal),
    [Symbol.asyncDispose]: async () => undefined, // each reading closes what it opened
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a folder is not to be called
const NOT_IN_NAMES = /[\u0000-\u001f\u007f/\\]/g;
const ENDINGS = /\.(?:tar(?:\.[a-z0-9]{1,4})?|tgz)$/i;

/** What an archive is called: the first of the names that is none of `''`, `.` and `..`, without a tar's ending. */
export function archiveName(...names: readonly string[]): string {
  const usable = names
    .map((name) => name.replace(ENDINGS, '').replaceAll(NOT_IN_NAMES, '-').toWellFormed())
    .find((name) => !/^\.{0,2}$/.test(name));
  return usable ?? 'archive';
}

/** The folder that all of an archive is in: with an own entry's facts, else as old as the newest thing in it. */
export function topFolder(
  path: string,
  entries: readonly LayoutEntry[],
  own?: Pick<LayoutEntry, 'mode' | 'modifiedAt'>,
): Required<LayoutOptions>['top'] {
  const newest = entries.reduce((latest, { modifiedAt }) => Math.max(latest, modifiedAt), 0);
  return { path, mode: own?.mode ?? 0o755, modifiedAt: own?.modifiedAt ?? newest };
}
