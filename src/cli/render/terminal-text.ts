import { visibleText } from '../../kernel/index.ts';

/** Makes text of others safe for a terminal, piece by piece. */
export interface TerminalText {
  of(text: string): string;
  /** What was held back of a sequence that was never completed. */
  end(): string;
}

const ESC = '\u001b';
// Colours, and the end of a line that was overwritten: they change nothing but how the text looks.
const HARMLESS = `${ESC}\\[(?:[0-9;:]{0,40}m|[0-2]?K)`;
const UNFINISHED = new RegExp(`${ESC}(?:\\[[0-9;:]{0,40})?$`);
const CONTROL = new RegExp(`${HARMLESS}|(?![\\t\\n\\r])\\p{Cc}`, 'gu');

/**
 * What a program printed may tell the terminal to change its title, to fill the clipboard, to type an answer, or to overwrite what
 * was there. Colours pass; all else that a terminal would act on becomes a sign that it only shows.
 */
export function createTerminalText(): TerminalText {
  let held = '';
  return {
    of(text) {
      const all = held + text;
      held = UNFINISHED.exec(all)?.[0] ?? '';
      return shown(all.slice(0, all.length - held.length));
    },
    end() {
      const rest = held;
      held = '';
      return shown(rest);
    },
  };
}

/** The same for a whole text: the names of a file may hold anything. */
export function terminalText(text: string): string {
  const safe = createTerminalText();
  return safe.of(text) + safe.end();
}

// Those that are harmless are the only ones that are longer than a character.
const shown = (text: string): string =>
  text.replaceAll(CONTROL, (found) => (found.length > 1 ? found : visibleText(found)));
