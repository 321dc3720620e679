import { applySgr, type TextStyle } from './text-style.ts';

/**
 * One escape sequence, of those that terminals know: `ESC [ … X`; a text for the terminal itself (a title, a link, a
 * picture) up to its end; a designation; two letters. None is carried out but colours and where the next letter goes, and what
 * has no end in its line is no sequence, so that nothing of a line is swallowed. Groups: parameters and last letter of the first kind.
 */
export const ESCAPE =
  /\x1b(?:\[([0-?]{0,128})[ -/]{0,8}([@-~])|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]{1,8}[0-~]|[0-OQ-WYZ\\`a-z{|}~])/y;

const COLOR_SEQUENCE = new RegExp(ESCAPE.source, 'g');

/** Whether letters of a sequence are those of a style: `ESC [ 31 m`, and not `ESC [ > 4 m`. */
export const isSgr = (parameters: string | undefined, last: string | undefined): parameters is string =>
  last === 'm' && parameters !== undefined && /^[\d;:]*$/.test(parameters);

/** The style after a text, of which nothing but its sequences is looked at: its letters may be bytes. */
export function styleAfter(text: string, style: TextStyle): TextStyle {
  if (!text.includes('\x1b')) return style;
  let next = style;
  for (const [, parameters, last] of text.matchAll(COLOR_SEQUENCE)) {
    if (isSgr(parameters, last)) next = applySgr(next, parameters);
  }
  return next;
}
