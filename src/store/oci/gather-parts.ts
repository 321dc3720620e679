import { createHash } from 'node:crypto';
import { abortable } from '../abortable.ts';
import type { ContentCheck } from '../content-check.ts';

/** Some of a content, held so that it can be sent again. */
export interface Part {
  readonly pieces: readonly Uint8Array[];
  readonly sizeBytes: number;
}

/**
 * A content cut into parts of one size, the last one shorter; an empty content is one empty part. Each chunk passes the
 * check. Throws what the check and the content throw, and the signal's reason.
 */
export async function* gatherParts(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
  check: ContentCheck,
  signal: AbortSignal | undefined,
): AsyncGenerator<Part, void, undefined> {
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;
  let isEmpty = true;
  for await (const chunk of abortable(content, signal)) {
    check.add(chunk);
    for (let from = 0; from < chunk.byteLength; ) {
      const piece = Buffer.from(chunk.subarray(from, from + partBytes - heldBytes)); // a copy: chunks are borrowed
      pieces.push(piece);
      heldBytes += piece.byteLength;
      from += piece.byteLength;
      if (heldBytes < partBytes) continue;
      yield { pieces, sizeBytes: heldBytes };
      isEmpty = false;
      pieces = [];
      heldBytes = 0;
    }
  }
  signal?.throwIfAborted();
  if (heldBytes > 0 || isEmpty) yield { pieces, sizeBytes: heldBytes };
}

/** For `content-md5`: the service then takes no other bytes than these. */
export function md5Of({ pieces }: Part): string {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64');
}
