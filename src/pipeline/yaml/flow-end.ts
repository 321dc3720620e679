/** The offset after the quote that closes the one at `start`; undefined when there is none. */
export function endOfQuoted(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let index = start + 1; index < text.length; index += 1) {
    if (quote === '"' && text[index] === '\\') index += 1;
    else if (text[index] === quote) {
      if (quote === '"' || text[index + 1] !== "'") return index + 1;
      index += 1;
    }
  }
  return undefined;
}

/** The offset after the bracket that closes the one at `start`; undefined when there is none. */
export function endOfFlow(text: string, start: number): number | undefined {
  const open: string[] = [];
  for (let index = start; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '[' || character === '{') open.push(character);
    else if (character === ']' || character === '}') {
      if (open.pop() !== OPENING[character]) return undefined;
      if (open.length === 0) return index + 1;
    } else {
      const next = skip(text, index);
      if (next === undefined) return undefined;
      index = next - 1;
    }
  }
  return undefined;
}

const OPENING = { ']': '[', '}': '{' } as const;

/** The offset after the quoted text, the comment or the one character at `index`. */
function skip(text: string, index: number): number | undefined {
  const isAtBeginning = /[\s,:[{]/.test(text[index - 1] ?? ' ');
  if (isAtBeginning && (text[index] === '"' || text[index] === "'")) return endOfQuoted(text, index);
  if (text[index] !== '#' || !/\s/.test(text[index - 1] ?? ' ')) return index + 1;
  const end = text.indexOf('\n', index);
  return end === -1 ? text.length : end;
}
