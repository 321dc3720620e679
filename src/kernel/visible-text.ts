// C1 controls, bidirectional marks and overrides, zero-width characters, line separators, lone surrogates: none shows,
// and some make a terminal show other text than the file holds.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

// Wide in terminals: Hangul, CJK and its punctuation, full-width forms, emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

const COMBINING = /\p{M}/u;

/** Characters that a terminal would act on become signs that it only shows: `ESC` becomes `␛`. */
export function visibleText(text: string): string {
  let safe = '';
  for (const character of text) safe += visibleCharacter(character);
  return safe;
}

/** One code point, safe to print. */
export function visibleCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return INVISIBLE.test(character) ? '\ufffd' : character;
}

/** Columns that one printable code point takes in a terminal: 0, 1 or 2. */
export function characterWidth(character: string): number {
  if ((character.codePointAt(0) ?? 0) < 0x300) return 1;
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
