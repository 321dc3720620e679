import { createHash } from 'node:crypto';
import { StoreError } from './error.ts';
import type { PutOptions } from './store.ts';

/** Counts and hashes a content on its way into a store, and holds it against what the store was told of it. */
export interface ContentCheck {
  /** Throws `SIZE_MISMATCH` where there is more than was told. */
  add(chunk: Uint8Array): void;
  /** To be called at the end. Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
  finish(): { readonly sizeBytes: number; readonly sha256: string };
}

export function checkContent(key: string, expected: Pick<PutOptions, 'sizeBytes' | 'sha256'>): ContentCheck {
  const hash = createHash('sha256');
  const told = expected.sizeBytes;
  let sizeBytes = 0;
  const wrongSize = (found: string): StoreError =>
    new StoreError('SIZE_MISMATCH', `${key} was not stored: expected ${told} bytes, found ${found}`);
  return {
    add(chunk) {
      sizeBytes += chunk.length;
      if (told !== undefined && sizeBytes > told) throw wrongSize('more');
      hash.update(chunk);
    },
    finish() {
      if (told !== undefined && sizeBytes < told) throw wrongSize(`only ${sizeBytes}`);
      const sha256 = hash.digest('hex');
      if (expected.sha256 === undefined || expected.sha256 === sha256) return { sizeBytes, sha256 };
      const message = `${key} was not stored: expected a content with SHA-256 ${expected.sha256}, found ${sha256}`;
      throw new StoreError('DIGEST_MISMATCH', message);
    },
  };
}
