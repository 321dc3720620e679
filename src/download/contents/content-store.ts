import { type ObjectContent, type ObjectStore, type StoredObject, StoreError } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';

/** A content that is open, as a store with one object that can only be read. The content is disposed by who opened it. */
export function contentAsStore(content: DownloadContent, key: string): ObjectStore {
  const object: StoredObject = {
    key,
    sizeBytes: content.sizeBytes,
    modifiedAt: content.modifiedAt ?? 0,
    version: content.etag,
    mediaType: content.mediaType,
    ...(content.sha256 !== undefined && { sha256: content.sha256 }),
  };
  const refuse = (): Promise<never> =>
    Promise.reject(new StoreError('FORBIDDEN', 'an artifact that is downloaded cannot be written'));
  return {
    name: 'the artifact that is downloaded',
    head: (wanted) => Promise.resolve(wanted === key ? object : undefined),
    open(wanted, options = {}) {
      if (wanted !== key) return Promise.resolve(undefined);
      return Promise.resolve().then(() => openContent(content, object, options));
    },
    list: () => Promise.resolve({ objects: [object] }),
    put: refuse,
    remove: refuse,
    removeExpired: refuse,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function openContent(
  content: DownloadContent,
  object: StoredObject,
  {
    range,
    ifVersion,
    signal = new AbortController().signal,
  }: NonNullable<Parameters<ObjectStore['open']>[1]>,
): ObjectContent {
  if (ifVersion !== undefined && ifVersion !== object.version) {
    throw new StoreError('CHANGED', 'the artifact is not the one that it was');
  }
  const end = Math.min(range?.end ?? object.sizeBytes, object.sizeBytes);
  const cut = { start: Math.min(range?.start ?? 0, end), end };
  return {
    object,
    range: cut,
    [Symbol.asyncIterator]: () => content.read(cut, signal)[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
