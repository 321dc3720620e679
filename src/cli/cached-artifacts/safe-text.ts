import { StringDecoder } from 'node:string_decoder';
import { visibleText } from '../../kernel/index.ts';

const ESC = '\u001b';
// Colours change nothing but what follows them; every other sequence could make a terminal show what is not there.
const KEPT = new RegExp(`(${ESC}\\[[\\d;]{0,32}m|\\r?\\n|\\r|\\t)`, 'u');
/** What the next piece may go on with; a sequence is no longer. */
const CUT = new RegExp(`${ESC}(?:\\[[\\d;]{0,32})?$|\\r$`, 'u');

function safe(text: string): string {
  return text
    .split(KEPT)
    .map((part, index) => {
      if (index % 2 === 0) return visibleText(part);
      return part.startsWith('\r') ? '\n' : part; // one alone would write over the line before it
    })
    .join('');
}

/** Text of others for a terminal: colours and line ends stay, whatever else a terminal would act on becomes signs. */
export async function* safeText(content: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isColoured = false;
  for await (const piece of content) {
    const text = rest + decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    isColoured ||= text.includes(ESC);
    const at = text.search(CUT);
    rest = at < 0 ? '' : text.slice(at);
    yield safe(at < 0 ? text : text.slice(0, at));
  }
  yield safe(rest + decoder.end()) + (isColoured ? `${ESC}[0m` : '');
}

/** Lines of a text, without what ends them; a line that never ends is cut into pieces. */
export async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of content) {
    rest += decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length < MAX_LINE) continue;
    yield rest;
    rest = '';
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

const MAX_LINE = 1024 * 1024;
