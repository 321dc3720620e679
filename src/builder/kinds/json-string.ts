const SPECIAL = /["\\\p{Cc}]/gu;
const ESCAPE = /["\\/bfnrt]|u[0-9a-f]{4}/iy;

/** Where the JSON string that begins at an offset has ended; `undefined` where it does not, or is none. In one pass. */
export function afterString(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  SPECIAL.lastIndex = start + 1;
  for (;;) {
    const found = SPECIAL.exec(text);
    if (found === null) return undefined;
    if (found[0] === '"') return SPECIAL.lastIndex;
    if (found[0] === '\\') {
      ESCAPE.lastIndex = SPECIAL.lastIndex;
      if (!ESCAPE.test(text)) return undefined;
      SPECIAL.lastIndex = ESCAPE.lastIndex;
    } else if (found[0] < ' ') return undefined;
  }
}

/** Where the blanks that begin at an offset have ended. */
export function afterBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
