import { open } from 'node:fs/promises';
import { fileChunks, type ObjectStore, type PutResult } from '../store/index.ts';
import { gatherFacts } from './content-facts.ts';
import { manifestKey } from './keys.ts';
import type { ArtifactManifest } from './manifest.ts';
import { mediaTypeOf } from './media-type.ts';
import type { ContentFacts } from './tar-index.ts';
import { writeManifest } from './write-manifest.ts';

export interface StoreArtifactOptions {
  readonly store: ObjectStore;
  /** Where it goes; its manifest goes beside it. */
  readonly key: string;
  readonly runId: string;
  /** Unique in the run. */
  readonly name: string;
  /** What a download of it is called. */
  readonly fileName: string;
  readonly content: ArtifactContent;
  /** Whether the content is a tar, whose entries go into the manifest. */
  readonly format: 'tar' | 'other';
  /** @defaultValue what the ending of `fileName` says */
  readonly mediaType?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Masks secrets in names of files and targets of links, where the entries are not known yet. */
  readonly redact?: (text: string) => string;
  /** Told of each piece on its way. */
  readonly onProgress?: () => void;
  readonly signal?: AbortSignal;
}

export type ArtifactContent =
  /** A file on this machine. `facts`: what is known of it from having read it before. */
  | { readonly file: string; readonly facts?: ContentFacts }
  /** Chunks may be borrowed. */
  | { readonly stream: AsyncIterable<Uint8Array> };

/**
 * Stores an artifact, and after it its manifest: where there is a manifest, the artifact is complete. A tar is indexed on
 * the way. Where it throws there is no manifest; repeating it is safe. Throws `StoreError`, `ArtifactError` (`UNSAFE`,
 * `CORRUPT`: the content is no sound tar), and `signal.reason`.
 */
export async function storeArtifact(options: StoreArtifactOptions): Promise<ArtifactManifest> {
  const { store, key, runId, name, fileName, expiresAt, signal } = options;
  const cancel = signal === undefined ? {} : { signal };
  // One that an earlier attempt left would describe what is about to be replaced.
  await store.remove(manifestKey(key), cancel);
  const mediaType = options.mediaType ?? mediaTypeOf(fileName);
  const { sha256, facts } = await putContent(options, mediaType);
  const manifest: ArtifactManifest = {
    version: 1,
    runId,
    name,
    fileName,
    key,
    sizeBytes: facts.sizeBytes,
    sha256,
    crc32: facts.crc32,
    mediaType,
    storedAt: Date.now(),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(facts.entries !== undefined && { entries: facts.entries }),
    ...(facts.entriesOmitted !== undefined && { entriesOmitted: facts.entriesOmitted }),
  };
  return await writeManifest(store, manifest, cancel);
}

interface Stored extends Pick<PutResult, 'sha256'> {
  readonly facts: ContentFacts;
}

async function putContent(options: StoreArtifactOptions, mediaType: string): Promise<Stored> {
  const { content, signal } = options;
  if ('stream' in content) return await putGathering(options, { content: content.stream, mediaType });
  await using file = await open(content.file);
  const { facts } = content;
  const sizeBytes = facts?.sizeBytes ?? (await file.stat()).size;
  const chunks = fileChunks(file, { start: 0, end: sizeBytes }, signal);
  if (facts === undefined) return await putGathering(options, { content: chunks, mediaType, sizeBytes });
  const { sha256 } = await put(options, { content: chunks, mediaType, sizeBytes, sha256: facts.sha256 });
  return { sha256, facts };
}

interface Putting {
  readonly content: AsyncIterable<Uint8Array>;
  readonly mediaType: string;
  readonly sizeBytes?: number;
  readonly sha256?: string | undefined;
}

/** One pass: what is to be known of the content is learnt on its way into the store. */
async function putGathering(options: StoreArtifactOptions, putting: Putting): Promise<Stored> {
  const { format, redact } = options;
  const gathering = gatherFacts({ format, ...(redact !== undefined && { redact }) });
  try {
    const { sha256 } = await put(options, { ...putting, content: gathering.pass(putting.content) });
    return { sha256, facts: await gathering.facts() };
  } catch (error) {
    throw gathering.failure() ?? error; // stores may say it in their own words
  }
}

async function put(
  { store, key, expiresAt, onProgress, signal }: StoreArtifactOptions,
  { content, mediaType, sizeBytes, sha256 }: Putting,
): Promise<PutResult> {
  return await store.put(key, onProgress === undefined ? content : told(content, onProgress), {
    mediaType,
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(sha256 !== undefined && { sha256 }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(signal !== undefined && { signal }),
  });
}

async function* told(
  content: AsyncIterable<Uint8Array>,
  onProgress: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    onProgress();
    yield chunk;
  }
}
