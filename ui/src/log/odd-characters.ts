/**
 * Characters that would change how others are shown, or be seen by nobody: controls, invisible ones, and those that turn the
 * direction of text, with which a line can be made to look like another one.
 */
const ODD =
  /(?!\t|\n|\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffd]/u;

/** A part of a text: as it is, or what stands for an odd character. */
export interface Piece {
  readonly text: string;
  readonly isOdd: boolean;
}

const ODD_RUN = new RegExp(ODD.source, 'gu');

const ASCII = /^[\t\x20-\x7e]*$/; // most lines, and quicker to see

export const hasOdd = (text: string): boolean => !ASCII.test(text) && ODD.test(text);

/** A text in pieces, each odd character as something that can be seen. */
export function visiblePieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let odd = '';
  for (const { 0: character, index } of text.matchAll(ODD_RUN)) {
    if (index > from) {
      if (odd !== '') pieces.push({ text: odd, isOdd: true });
      odd = '';
      pieces.push({ text: text.slice(from, index), isOdd: false });
    }
    odd += visible(character);
    from = index + character.length;
  }
  if (odd !== '') pieces.push({ text: odd, isOdd: true });
  if (from < text.length) pieces.push({ text: text.slice(from), isOdd: false });
  return pieces;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // As keyboards have them: pictures of control characters are in few fonts.
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  if (code === 0x7f) return '^?';
  if (code === 0xfffd) return '\ufffd';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
