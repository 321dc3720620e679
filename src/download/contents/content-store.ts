import {
  type ObjectContent,
  type ObjectStore,
  type OpenOptions,
  type StoredObject,
  StoreError,
} from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';

/**
 * A content that is open, as a store with one object that can only be read. The content belongs to the store, and is disposed
 * of when the store is and nothing reads from it any more: an index may be made for several who ask, and outlive the first.
 */
export function contentAsStore(content: DownloadContent, key: string): ObjectStore {
  const object: StoredObject = {
    key,
    sizeBytes: content.sizeBytes,
    modifiedAt: content.modifiedAt ?? 0,
    version: content.etag,
    mediaType: content.mediaType,
    ...(content.sha256 !== undefined && { sha256: content.sha256 }),
  };
  const held = holdOpen(content);
  const refuse = (): Promise<never> =>
    Promise.reject(new StoreError('FORBIDDEN', 'an artifact that is downloaded cannot be written'));
  return {
    name: 'the artifact that is downloaded',
    head: (wanted) => Promise.resolve(wanted === key ? object : undefined),
    async open(wanted, options = {}) {
      if (wanted !== key) return undefined;
      if (options.ifVersion !== undefined && options.ifVersion !== object.version) {
        throw new StoreError('CHANGED', 'the artifact is not the one that it was');
      }
      return openContent(content, object, { ...options, release: held.hold() });
    },
    list: () => Promise.resolve({ objects: [object] }),
    put: refuse,
    remove: refuse,
    removeExpired: refuse,
    [Symbol.asyncDispose]: held.hold(),
  };
}

/** Gives out holds on a content, each of which is let go of once; the last one closes it. */
function holdOpen(content: DownloadContent): { hold(): () => Promise<void> } {
  let holds = 0;
  let isClosed = false;
  return {
    hold() {
      if (isClosed) throw new StoreError('UNAVAILABLE', 'the artifact is not open any more');
      holds += 1;
      let isLetGo = false;
      return async () => {
        if (isLetGo) return;
        isLetGo = true;
        holds -= 1;
        if (holds > 0) return;
        isClosed = true;
        await content[Symbol.asyncDispose]();
      };
    },
  };
}

function openContent(
  content: DownloadContent,
  object: StoredObject,
  options: OpenOptions & { readonly release: () => Promise<void> },
): ObjectContent {
  const { range, release, signal = new AbortController().signal } = options;
  const end = Math.min(range?.end ?? object.sizeBytes, object.sizeBytes);
  const cut = { start: Math.min(range?.start ?? 0, end), end };
  return {
    object,
    range: cut,
    [Symbol.asyncIterator]: () => content.read(cut, signal)[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: release,
  };
}
