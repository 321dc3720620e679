/** The last bytes of what a step prints. */
export interface Tail {
  add(bytes: Buffer): void;
  /** Cut at the beginning of a character; invalid bytes come out as U+FFFD. */
  text(): string;
  /** How many bytes came before those that are kept. */
  readonly droppedBytes: number;
}

export function createTail(limitBytes: number): Tail {
  let pieces: Buffer[] = [];
  let size = 0;
  let dropped = 0;

  /** Not at each piece: a step that prints byte by byte would copy the whole tail each time. */
  function shrink(): Buffer {
    const all = Buffer.concat(pieces);
    const kept = all.subarray(Math.max(0, all.length - limitBytes));
    dropped += all.length - kept.length;
    pieces = [kept];
    size = kept.length;
    return kept;
  }

  return {
    add(bytes) {
      pieces.push(bytes);
      size += bytes.length;
      if (size > 2 * limitBytes) shrink();
    },
    text() {
      const kept = shrink();
      const isCut = dropped > 0;
      const start = isCut ? firstCharacter(kept) : 0;
      return kept.subarray(start).toString('utf8');
    },
    get droppedBytes() {
      return dropped;
    },
  };
}

/** UTF-8 has at most three bytes behind the first of a character. */
function firstCharacter(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
