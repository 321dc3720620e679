import { hash } from 'node:crypto';
import type { ObjectStore } from '../store/index.ts';
import { recordKey } from './keys.ts';
import type { RunRecord } from './run-record.ts';

/** Replaces what a store has of a run. Throws `StoreError`. */
export async function writeRecord(
  store: ObjectStore,
  record: RunRecord,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(record));
  const facts = { sizeBytes: bytes.length, sha256: hash('sha256', bytes), mediaType: 'application/json' };
  await store.put(recordKey(record.runId), inOnePiece(bytes), { ...facts, ...options });
}

/** Content that is in memory already. */
export async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
