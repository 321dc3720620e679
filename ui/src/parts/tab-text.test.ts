import { expect, it } from 'vitest';
import { tabText } from './tab-text.ts';

it.each([
  ['build of app', 'build of app'],
  ['one\nline\tonly', 'one line only'],
  ['a\u202Egnp.exe', 'a gnp.exe'],
  ['🚢'.repeat(101), `${'🚢'.repeat(99)}…`],
])('a tab calls %j %j', (name, title) => {
  expect(tabText(name)).toBe(title);
});
