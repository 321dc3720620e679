const FIRST_BYTES = 64 * 1024;

/**
 * Cuts a content into pieces of `partBytes`, the last one shorter; an empty content is one empty piece. Each is memory of
 * its own, so that it can be sent again.
 */
export async function* cutIntoParts(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let part = Buffer.allocUnsafe(0);
  let used = 0;
  let isFirst = true;
  for await (const chunk of content) {
    for (let rest = chunk; rest.length > 0; ) {
      const taken = Math.min(rest.length, partBytes - used);
      part = withRoom(part, used, used + taken, partBytes);
      part.set(rest.subarray(0, taken), used);
      used += taken;
      rest = rest.subarray(taken);
      if (used < partBytes) continue;
      yield part;
      isFirst = false;
      part = Buffer.allocUnsafe(0);
      used = 0;
    }
  }
  if (used > 0 || isFirst) yield part.subarray(0, used);
}

// Small contents are many: they get no whole part.
function withRoom(part: Buffer, used: number, needed: number, most: number): Buffer<ArrayBuffer> {
  if (part.length >= needed) return part as Buffer<ArrayBuffer>; // made below
  const larger = Buffer.allocUnsafe(Math.min(most, Math.max(FIRST_BYTES, needed, part.length * 2)));
  part.copy(larger, 0, 0, used);
  return larger;
}
