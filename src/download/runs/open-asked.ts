import {
  type ArtifactManifest,
  openRunCatalog,
  type RecordedArtifact,
  type RunRecord,
} from '../../artifacts/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import type { DownloadSource } from '../answer-download.ts';
import type { DownloadContent } from '../content.ts';
import { readCachedManifest } from '../contents/cached-manifest.ts';
import type { ContentCache } from '../contents/content-cache.ts';
import { indexStoredTar } from '../contents/index-stored-tar.ts';
import { openArchiveOf } from '../contents/layout-content.ts';
import { openStoredObject } from '../contents/stored-object.ts';
import type { StoredTar } from '../contents/stored-tar.ts';
import { openTarEntry } from '../contents/tar-entry.ts';
import { DownloadRefusal } from '../refusal.ts';
import type { ArtifactQuery } from './paths.ts';
import { archiveRefused, nothingHere } from './refusals.ts';

/** Where runs and what they produced are looked for. */
export interface RunStores {
  /** Records are looked for in all of them, the first one first; an artifact is in the one that its record names. */
  readonly stores: readonly [ObjectStore, ...ObjectStore[]];
  readonly cache: ContentCache;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** An artifact, and the store that has it. */
export interface FoundArtifact {
  readonly record: RunRecord;
  readonly artifact: RecordedArtifact;
  readonly store: ObjectStore;
}

/** The record of a run. Throws `DownloadRefusal` `NOT_FOUND`, `ArtifactError` and `StoreError`. */
export async function findRecord(
  { stores }: RunStores,
  runId: string,
  signal: AbortSignal,
): Promise<RunRecord> {
  for (const store of stores) {
    const record = await openRunCatalog(store).get(runId, { signal });
    if (record !== undefined) return record;
  }
  throw nothingHere();
}

/** An artifact of a run. Throws `DownloadRefusal`: `NOT_FOUND`, or `GONE` for one that has expired. */
export async function findArtifact(
  options: RunStores,
  { runId, name }: { readonly runId: string; readonly name: string },
  signal: AbortSignal,
): Promise<FoundArtifact> {
  const record = await findRecord(options, runId, signal);
  const artifact = record.artifacts.find((each) => each.name === name);
  if (artifact === undefined) throw nothingHere();
  if (artifact.expiresAt !== undefined && artifact.expiresAt <= options.now()) {
    throw new DownloadRefusal('GONE', 'the artifact has expired');
  }
  const store = options.stores.find((each) => each.name === artifact.store);
  if (store !== undefined) return { record, artifact, store };
  throw new DownloadRefusal('NOT_FOUND', 'the artifact is in a store that this service does not serve');
}

/** What is in an artifact that is a tar: from its manifest, or by reading it once where it has none. */
export async function openTar(
  { cache }: RunStores,
  { artifact, store }: FoundArtifact,
  signal: AbortSignal,
): Promise<StoredTar & Partial<Pick<ArtifactManifest, 'mediaType'>>> {
  const manifest = await readCachedManifest({ store, key: artifact.key, cache, signal });
  if (hasEntries(manifest)) return manifest;
  if (manifest !== undefined || artifact.files === undefined) {
    throw new DownloadRefusal(
      'CONFLICT',
      `the artifact is one file, ${artifact.fileName}: there is nothing in it to ask for`,
    );
  }
  const tar = await indexStoredTar({ store, key: artifact.key, cache, signal });
  if (tar === undefined) throw nothingHere();
  return tar;
}

const hasEntries = (
  manifest: ArtifactManifest | undefined,
): manifest is ArtifactManifest & Required<Pick<ArtifactManifest, 'entries'>> =>
  manifest?.entries !== undefined;

/** A content, and what it is for the metrics. */
export interface OpenedContent {
  readonly content: DownloadContent;
  readonly source: DownloadSource;
}

/** Opens what is asked of an artifact: all of it, one file, or an archive. Throws `DownloadRefusal`, `StoreError`. */
export async function openAsked(
  options: RunStores,
  found: FoundArtifact,
  query: ArtifactQuery,
  signal: AbortSignal,
): Promise<OpenedContent> {
  try {
    const { path = '', as } = query;
    if (as !== undefined) return await openArchive(options, found, { path, as }, signal);
    return path === '' ? await openWhole(found, signal) : await openFile(options, found, path, signal);
  } catch (error) {
    throw archiveRefused(error);
  }
}

async function openWhole({ artifact, store }: FoundArtifact, signal: AbortSignal): Promise<OpenedContent> {
  const { key, fileName, mediaType } = artifact;
  const content = await openStoredObject(store, key, { fileName, mediaType, signal });
  if (content === undefined) throw nothingHere();
  return { content, source: 'artifact' };
}

async function openFile(
  options: RunStores,
  found: FoundArtifact,
  path: string,
  signal: AbortSignal,
): Promise<OpenedContent> {
  const tar = await openTar(options, found, signal);
  const entry = await openTarEntry({ store: found.store, tar, path, signal });
  if (entry === undefined) throw nothingHere();
  if (entry.type === 'file') return { content: entry.content, source: 'entry' };
  throw new DownloadRefusal(
    'CONFLICT',
    'this is a folder: ask for it as an archive, with as=zip, tar or tar.gz',
  );
}

async function openArchive(
  options: RunStores,
  found: FoundArtifact,
  { path, as }: Required<Pick<ArtifactQuery, 'path' | 'as'>>,
  signal: AbortSignal,
): Promise<OpenedContent> {
  const { store, record, artifact } = found;
  const tar = await openTar(options, found, signal);
  const at = path === '' ? undefined : await openTarEntry({ store, tar, path, signal });
  if (path !== '' && at === undefined) throw nothingHere();
  if (at?.type === 'file') {
    await at.content[Symbol.asyncDispose]();
    throw new DownloadRefusal('CONFLICT', 'this is one file and no folder: ask for it without as=');
  }
  const folder = at?.path ?? '';
  const name = folder === '' ? `${record.application.name}-${artifact.name}` : undefined;
  const content = await openArchiveOf({
    store,
    tar,
    format: as,
    cache: options.cache,
    signal,
    ...(folder !== '' && { folder }),
    ...(name !== undefined && { name: name.replaceAll('/', '-') }),
  });
  if (content === undefined) throw nothingHere();
  return { content, source: 'archive' };
}
