import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { visibleText } from '../../kernel/index.ts';

const KEPT_LINES = 20;
const LINE_LIMIT = 1000;
const EXCERPT_LIMIT = 200;

/** What instructions print: both backends put the number of the step and its seconds before it. */
const PRINTED = /^#\d+ \d+\.\d+ (.*)$/s;
const TROUBLE = /\b(?:errors?|ERR|fatal|failed)\b/i;
const OURS = /^slipway: /;
/** Beginnings of what npm says that means nothing without the lines beside it. */
const MEANS_LITTLE = /^npm (?:error|ERR!) (?:code|path|errno|syscall|command failed|\d+$|A complete log)\b/;

/** What went wrong and was gone on from: Maven warns of "Failed to retrieve" for everything that it does without. */
const WARNING = /^(?:\[?warn(?:ing)?\b|npm warn\b)/i;

/** Reads along with what a build prints, and knows the line of it that most likely says why it failed. */
export interface LastWords {
  add(bytes: Uint8Array): void;
  /** At most 200 characters, none of which a terminal acts on; `undefined` where nothing was printed. Begins anew. */
  take(): string | undefined;
}

/** Keeps some lines only, whatever comes. */
export function createLastWords(): LastWords {
  let decoder = new StringDecoder('utf8');
  let lines: string[] = [];
  let open = '';

  function end(): void {
    const said = saidIn(open);
    open = '';
    if (said !== '') lines = [...lines, said].slice(-KEPT_LINES);
  }

  return {
    add(bytes) {
      const [first = '', ...rest] = decoder.write(Buffer.from(bytes)).split('\n');
      open = (open + first).slice(0, LINE_LIMIT);
      for (const line of rest) {
        end();
        open = line.slice(0, LINE_LIMIT);
      }
    },
    take() {
      end();
      const said =
        lines.find((line) => TROUBLE.test(line) && !MEANS_LITTLE.test(line) && !WARNING.test(line)) ??
        lines.at(-1);
      lines = [];
      decoder = new StringDecoder('utf8');
      return said === undefined ? undefined : shortened(said);
    },
  };
}

/** A line as it would stand on a terminal: what was overwritten is gone. */
function saidIn(line: string): string {
  const [, printed = ''] = PRINTED.exec(line) ?? [];
  const shown = stripVTControlCharacters(printed).trimEnd().split('\r').at(-1) ?? '';
  return visibleText(shown.trim().replace(OURS, ''));
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= EXCERPT_LIMIT ? text : `${characters.slice(0, EXCERPT_LIMIT - 1).join('')}…`;
}
