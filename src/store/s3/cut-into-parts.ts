const FIRST_BYTES = 64 * 1024;

/**
 * Cuts a content into pieces of `partBytes`, the last one shorter; an empty content is one empty piece. Each is memory of
 * its own, so that it can be sent again; whole ones that are done with may be put into `spare`, to be filled once more.
 */
export async function* cutIntoParts(
  content: AsyncIterable<Uint8Array>,
  { partBytes, spare }: { readonly partBytes: number; readonly spare: Uint8Array[] },
): AsyncGenerator<Uint8Array, void, undefined> {
  let part: Uint8Array = new Uint8Array();
  let used = 0;
  let smallest = FIRST_BYTES; // small contents are many: they get no whole part
  for await (const chunk of content) {
    for (let rest = chunk; rest.length > 0; ) {
      const taken = Math.min(rest.length, partBytes - used);
      if (part.length < used + taken) {
        part = enlarged(part, Math.min(partBytes, Math.max(smallest, used + taken, part.length * 2)));
      }
      part.set(rest.subarray(0, taken), used);
      used += taken;
      rest = rest.subarray(taken);
      if (used < partBytes) continue;
      yield part;
      part = spare.pop() ?? new Uint8Array();
      used = 0;
      smallest = partBytes;
    }
  }
  if (used > 0 || smallest < partBytes) yield part.subarray(0, used);
}

function enlarged(part: Uint8Array, sizeBytes: number): Uint8Array {
  const larger = Buffer.allocUnsafeSlow(sizeBytes);
  larger.set(part);
  return larger;
}
