/** Asks a person for lines of text. One question at a time; dispose it to let go of the input. */
export interface Prompt extends Disposable {
  /** The line without its end; `undefined` when there is no more input, or the person pressed Ctrl-C. */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>;
}

const MAX_LINE_LENGTH = 4096;
const INTERRUPT = '\u0003';
const END = '\u0004';
const CLEAR_LINE = '\u0015';
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the key that is meant
const ESCAPE_SEQUENCE = /^\u001b(?:\[[0-9;]*[@-~]|O.|.)/; // an arrow key, for one

/**
 * On a terminal the keys are read one by one, so that a hidden answer is never shown; elsewhere lines are read as they
 * come. What was typed ahead is kept for the next question.
 */
export function createPrompt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Prompt {
  const isTerminal = input.isTTY === true;
  let buffered = '';
  let hasEnded = false;
  let wake = (): void => undefined;
  const onData = (piece: string): void => {
    buffered += piece;
    wake();
  };
  const onEnd = (): void => {
    hasEnded = true;
    wake();
  };
  if (isTerminal) input.setRawMode(true);
  input.setEncoding('utf8').on('data', onData).on('end', onEnd).on('error', onEnd);
  const moreInput = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return {
    async ask(question, { hidden = false } = {}) {
      output.write(question);
      const editor = createLine(isTerminal && !hidden ? (text) => output.write(text) : () => undefined);
      for (;;) {
        const taken = editor.take(buffered);
        buffered = buffered.slice(taken.length);
        if (taken.state !== 'open' || hasEnded) {
          if (isTerminal) output.write('\n');
          return taken.state === 'done' || (taken.state === 'open' && taken.line !== '')
            ? taken.line
            : undefined;
        }
        await moreInput();
      }
    },
    [Symbol.dispose]() {
      if (isTerminal) input.setRawMode(false);
      input.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
    },
  };
}

interface Taken {
  /** How much of the keys is used up. */
  readonly length: number;
  readonly state: 'open' | 'done' | 'stopped';
  readonly line: string;
}

/** One line that is being typed. */
function createLine(echo: (text: string) => void): { take(keys: string): Taken } {
  let line: string[] = [];
  const erase = (count: number): void => {
    line = line.slice(0, Math.max(0, line.length - count));
    echo('\b \b'.repeat(count));
  };
  const type = (key: string): void => {
    if (key === '\u007f' || key === '\b') erase(Math.min(1, line.length));
    else if (key === CLEAR_LINE) erase(line.length);
    else if (key >= ' ' && line.length < MAX_LINE_LENGTH) {
      line.push(key);
      echo(key);
    }
  };
  const take = (keys: string): Taken => {
    let length = 0;
    while (length < keys.length) {
      const rest = keys.slice(length);
      const key = ESCAPE_SEQUENCE.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0) ?? 0);
      length += key.length;
      const text = (): string => line.join('');
      if (key === '\r' || key === '\n') return { length, state: 'done', line: text() };
      if (key === INTERRUPT || (key === END && line.length === 0))
        return { length, state: 'stopped', line: '' };
      if (key.length === 1 || !key.startsWith('\u001b')) type(key);
    }
    return { length, state: 'open', line: line.join('') };
  };
  return { take };
}
