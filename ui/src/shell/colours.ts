import type { ITheme } from '@xterm/xterm';

const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The terminal is dark in both themes, as people know terminals; its ground is the one of the window around it. */
export const terminalTheme = (): ITheme => ({
  background: token('--shell-ground'),
  foreground: token('--shell-ink'),
  cursor: token('--shell-accent'),
  cursorAccent: token('--shell-ground'),
  selectionBackground: token('--shell-selection'),
});

/** The fonts of the page's texts of fixed width. */
export const terminalFont = (): string => token('--mono');
