import { relative } from 'node:path';
import { type ContentFacts, storeArtifact } from '../artifacts/index.ts';
import type { ArtifactStored } from '../kernel/index.ts';
import { StoreError, type StoreErrorCode } from '../store/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';

/** What a run has to keep. */
export interface Keeping {
  /** Unique in the run. */
  readonly name: string;
  readonly fileName: string;
  readonly key: string;
  /** On this machine. */
  readonly file: string;
  readonly facts: ContentFacts;
  /** The step that left it. */
  readonly safeId?: string;
  readonly onProgress?: () => void;
}

/** What the event says of an artifact that is in a store. */
export type InStore = Pick<
  ArtifactStored,
  'at' | 'key' | 'store' | 'sha256' | 'mediaType' | 'expiresAt' | 'url'
>;

const HINTS: Readonly<Record<StoreErrorCode, string>> = {
  INVALID_KEY: 'give the application another id with --application-id',
  CONFLICT: 'give the application or the run another id with --application-id or --run-id',
  EXISTS: 'give the run another id with --run-id',
  DIGEST_MISMATCH: 'it was changed while it was stored: run again',
  SIZE_MISMATCH: 'it was changed while it was stored: run again',
  NO_SPACE: 'make room there (`slipway gc` takes away what old runs left), or use another store',
  CHANGED: 'run again',
  TRUNCATED: 'it was changed while it was stored: run again',
  FORBIDDEN: "look at the store's credentials, and at what they allow",
  NO_STORE: 'look at the name of the bucket or folder',
  UNAVAILABLE: 'look at whether the store is well, and run again',
  TIMEOUT: 'look at whether the store is well, and run again',
  PROTOCOL: 'look at whether the address is that of such a store',
};

/** Where the store is remote, it is told the digest before: it is learnt while the artifact is collected. */
export const needsDigest = ({ artifactStore }: RunContext): boolean =>
  artifactStore?.destination === 'S3' || artifactStore?.destination === 'OCI Object Store';

function storeFailure(context: RunContext, error: StoreError, { name, file }: Keeping): RunError {
  const where = context.artifactStore?.store.name ?? '';
  const isThere = file.startsWith(`${context.folder.run}/`);
  // Most errors name their store.
  const told = error.message.includes(where) ? error.message : `${name} into ${where}: ${error.message}`;
  const stays = isThere ? `; ${relative(context.folder.root, file)} of the working folder stays` : '';
  return new RunError(
    {
      reason: 'artifacts',
      message: `Storing artifacts failed: ${told}`,
      hint: `${HINTS[error.code]}${stays}`,
    },
    { cause: error },
  );
}

/**
 * Puts an artifact into the run's store, where it has one. Throws `RunError` for trouble with the store, and what the
 * run's signal aborts with; then nobody sees anything of it.
 */
export async function keepInStore(context: RunContext, keeping: Keeping): Promise<InStore | undefined> {
  const { artifactStore, request, signal, redactor } = context;
  if (artifactStore === undefined) return undefined;
  const { store, urlOf } = artifactStore;
  const { name, fileName, key, file, facts, onProgress } = keeping;
  const { artifactTtlMs } = request;
  try {
    const manifest = await storeArtifact({
      store,
      key,
      runId: request.runId,
      name,
      fileName,
      content: { file, facts },
      format: facts.entries === undefined && !facts.entriesOmitted ? 'other' : 'tar',
      redact: redactor.text,
      signal,
      ...(artifactTtlMs !== undefined && { expiresAt: Date.now() + artifactTtlMs }),
      ...(onProgress !== undefined && { onProgress }),
    });
    const { sha256, mediaType, storedAt, expiresAt } = manifest;
    return {
      at: storedAt,
      key,
      store: store.name,
      sha256,
      mediaType,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(urlOf !== undefined && { url: urlOf(key) }),
    };
  } catch (error) {
    throw error instanceof StoreError && !signal.aborted ? storeFailure(context, error, keeping) : error;
  }
}
