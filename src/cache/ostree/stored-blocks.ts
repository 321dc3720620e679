const STORED_HEAD_BYTES = 5;

/**
 * The content of a deflate stream in which nothing is compressed (RFC 1951, 3.2.4), as it stands there: what is noise needs
 * neither zlib nor memory of its own. `undefined` for every other stream, and for one that is damaged: zlib says how.
 */
export function storedContent(payload: Buffer): readonly Buffer[] | undefined {
  const blocks: Buffer[] = [];
  for (let at = 0; at + 2 <= payload.length; ) {
    const head = payload[at] ?? 0;
    // The empty block that may stand behind them as the last one.
    if (head === 0x03 && payload[at + 1] === 0) return at + 2 === payload.length ? blocks : undefined;
    const from = at + STORED_HEAD_BYTES;
    if ((head & 0x06) !== 0 || from > payload.length) return undefined;
    const length = payload.readUInt16LE(at + 1);
    at = from + length;
    if ((length ^ payload.readUInt16LE(from - 2)) !== 0xffff || at > payload.length) return undefined;
    blocks.push(payload.subarray(from, at));
    if ((head & 0x01) === 1) return at === payload.length ? blocks : undefined;
  }
  return undefined;
}
