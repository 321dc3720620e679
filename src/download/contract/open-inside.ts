import type { DownloadContent } from '../content.ts';
import type { ContentCache } from '../contents/content-cache.ts';
import { contentAsStore } from '../contents/content-store.ts';
import { indexStoredTar } from '../contents/index-stored-tar.ts';
import { openArchiveOf } from '../contents/layout-content.ts';
import type { TarSource } from '../contents/stored-tar.ts';
import { type OpenedTarEntry, openTarEntry } from '../contents/tar-entry.ts';
import { DownloadRefusal } from '../refusal.ts';
import { archiveRefused } from '../runs/refusals.ts';
import type { Ask } from './ask.ts';
import type { OpenedArtifact } from './open-artifact.ts';

/**
 * Opens what is asked for in an artifact that is a tar: one file, or an archive of it or of a folder in it; or the artifact
 * itself, where nothing is asked. What is returned is all there is to dispose of. Throws `DownloadRefusal`, `StoreError`.
 */
export async function openInside(
  { cache }: { readonly cache: ContentCache },
  { path, format }: Ask,
  whole: OpenedArtifact,
  signal: AbortSignal,
): Promise<OpenedArtifact> {
  if (path === undefined && format === undefined) return whole;
  // The version is a part of the key: the cache may be asked for another artifact of the same name.
  const key = `${whole.content.etag}/${whole.content.fileName}`;
  const store = contentAsStore(whole.content, key);
  try {
    const tar = await indexStoredTar({ store, key, cache, signal });
    if (tar === undefined) throw notInside();
    const source: TarSource = { store, tar, signal };
    const entry = path === undefined ? undefined : await openTarEntry({ ...source, path });
    if (path !== undefined && entry === undefined) throw notInside();
    const opened =
      format === undefined
        ? fileOf(entry)
        : await openArchiveOf({ ...source, format, cache, ...(await folderOf(entry)) });
    if (opened === undefined) throw notInside();
    return {
      content: alsoDisposing(opened, store),
      source: format === undefined ? 'entry' : 'archive',
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw archiveRefused(error);
  }
}

const notInside = (): DownloadRefusal =>
  new DownloadRefusal('NOT_FOUND', 'there is no such file in the artifact');

function fileOf(entry: OpenedTarEntry | undefined): DownloadContent | undefined {
  if (entry?.type === 'file') return entry.content;
  throw new DownloadRefusal('BAD_REQUEST', 'path= names a folder: add as=tar, as=tar.gz or as=zip');
}

async function folderOf(entry: OpenedTarEntry | undefined): Promise<{ folder?: string }> {
  if (entry?.type !== 'file') return entry === undefined ? {} : { folder: entry.path };
  await entry.content[Symbol.asyncDispose]();
  throw new DownloadRefusal('BAD_REQUEST', 'path= names a file: ask for it without as=');
}

/** A content that reads from another one, which goes with it. */
function alsoDisposing(content: DownloadContent, base: AsyncDisposable): DownloadContent {
  return {
    ...content,
    read: (range, signal) => content.read(range, signal),
    async [Symbol.asyncDispose]() {
      await content[Symbol.asyncDispose]();
      await base[Symbol.asyncDispose]();
    },
  };
}
