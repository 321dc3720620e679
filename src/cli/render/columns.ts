import { visibleText } from '../../kernel/index.ts';

const MAX_WIDTH = 40;
const GAP = '  ';

/** Text of others, such as names in a record, safe to print and on one line, cut where it is long. */
export function shownText(text: string, maxLength = MAX_WIDTH): string {
  const characters = Array.from(visibleText(text.slice(0, 4 * maxLength)));
  const isCut = characters.length > maxLength || text.length > 4 * maxLength;
  return isCut ? `${characters.slice(0, maxLength - 1).join('')}…` : characters.join('');
}

export interface Column {
  readonly title: string;
  /** @defaultValue 'left' */
  readonly align?: 'left' | 'right';
}

/** What a cell looks like; `text` alone decides how wide its column is. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Lines of a table, its titles first, as wide as what is in it; what stands last in a line is not padded. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, Array.from(row[index]?.text ?? '').length), title.length),
  );
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, paint = (plain) => plain }, index) => {
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - Array.from(text).length));
        if (columns[index]?.align === 'right') return padding + paint(text);
        return paint(text) + (index === cells.length - 1 ? '' : padding);
      })
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => ({ text: title })), ...rows].map(line);
}
