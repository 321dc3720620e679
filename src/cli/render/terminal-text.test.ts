import { describe, expect, it } from 'vitest';
import { createTerminalText } from './terminal-text.ts';

function shownOf(...pieces: string[]): string {
  const text = createTerminalText();
  return pieces.map((piece) => text.of(piece)).join('') + text.end();
}

describe('text of others on a terminal', () => {
  it.each([
    'two lines\nwith\ttabs\r\n',
    '\u001b[31mred\u001b[0m and \u001b[38;5;200mpink\u001b[m',
    'progress\r\u001b[Kdone',
    'Grüße, 世界, 👩‍💻',
  ])('stays as it is: %j', (text) => {
    expect(shownOf(text)).toBe(text);
    expect(shownOf(...text)).toBe(text);
  });

  it.each([
    ['a title', '\u001b]0;owned\u0007', '␛]0;owned␇'],
    ['the clipboard', '\u001b]52;c;cm0gLXJm\u001b\\', '␛]52;c;cm0gLXJm␛\\'],
    ['a question that the terminal answers', '\u001b[6n\u001b[c\u001bP$q"p\u001b\\', '␛[6n␛[c␛P$q"p␛\\'],
    ['what was there', '\u001b[2J\u001b[1A\u001b[Hgone', '␛[2J␛[1A␛[Hgone'],
    ['one byte that means the same', '\u009b31m\u009d0;x\u009c', '\ufffd31m\ufffd0;x\ufffd'],
    ['steps back', 'rm -rf /\b\b\b\b', 'rm -rf /␈␈␈␈'],
    ['an end that never comes', 'a\u001b[31', 'a␛[31'],
    ['endless numbers', `\u001b[${'1'.repeat(100)}m`, `␛[${'1'.repeat(100)}m`],
  ])('does not change %s', (_, text, shown) => {
    expect(shownOf(text)).toBe(shown);
    expect(shownOf(...text)).toBe(shown);
  });
});
