import type { DownloadSource } from '../answer-download.ts';
import type { DownloadContent } from '../content.ts';
import type { ContentCache } from '../contents/content-cache.ts';
import { openArchiveOfFolder } from '../contents/folder-layout.ts';
import { openLocal } from '../contents/local-file.ts';
import type { OciDownloads } from '../contents/oci-downloads.ts';
import { DownloadRefusal } from '../refusal.ts';
import { archiveRefused } from '../runs/refusals.ts';
import type { Ask } from './ask.ts';
import { openInside } from './open-inside.ts';

/** Where artifacts are looked for. */
export interface ArtifactPlaces {
  /** See `openLocal`. */
  readonly roots: readonly string[];
  /** Absent: only files of this machine are served. */
  readonly oci?: { readonly tenancy: string; readonly downloads: OciDownloads };
  readonly cache: ContentCache;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A content, and what it is for the metrics. */
export interface OpenedArtifact {
  readonly content: DownloadContent;
  readonly source: DownloadSource;
}

// Objects are stored without them; the original's page asks with them.
const PREFIX = /^wercker-(?:development|production)\//;

/** Opens what is asked for. Throws `DownloadRefusal`, and `StoreError`. */
export async function openArtifact(
  places: ArtifactPlaces,
  ask: Ask,
  signal: AbortSignal,
): Promise<OpenedArtifact> {
  if (ask.folder !== undefined) return await openLocalArtifact(places, ask, ask.folder, signal);
  if (ask.tenancy === undefined) throw new DownloadRefusal('BAD_REQUEST', 'missing OCI specifier');
  const { oci } = places;
  if (oci === undefined || ask.tenancy !== oci.tenancy)
    throw new DownloadRefusal('FORBIDDEN', 'wrong tenancy');
  const name = ask.artifact.replace(PREFIX, '');
  const content = await oci.downloads.open(name, { signal });
  if (content === undefined) throw notFound();
  return await openInside(places, ask, { content, source: 'oci' }, signal);
}

const notFound = (): DownloadRefusal => new DownloadRefusal('NOT_FOUND', 'there is no such artifact');

async function openLocalArtifact(
  { roots, cache, now }: ArtifactPlaces,
  ask: Ask,
  folder: string,
  signal: AbortSignal,
): Promise<OpenedArtifact> {
  const found = await openLocal({ roots, folder, path: ask.artifact, now });
  if (found === undefined) throw notFound();
  if (found.type === 'file') {
    return await openInside({ cache }, ask, { content: found.content, source: 'file' }, signal);
  }
  const { format } = ask;
  if (format === undefined || ask.path !== undefined) {
    const hint = 'add as=tar, as=tar.gz or as=zip, or name a file in it';
    throw new DownloadRefusal('BAD_REQUEST', `the artifact is a folder: ${hint}`);
  }
  const content = await openArchiveOfFolder({
    folder: found.folder,
    root: found.root,
    format,
    cache,
    now,
    signal,
  }).catch((error: unknown) => {
    throw archiveRefused(error);
  });
  if (content === undefined) throw notFound();
  return { content, source: 'archive' };
}
