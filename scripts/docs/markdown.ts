/** Text in a cell of a table: no bar ends it, no line break, and nothing in it is taken for HTML. */
export const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s*\n\s*/g, ' ');

/** The same as code. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** A sentence of what code says without a capital and a stop. */
export const sentence = (text: string): string => {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.join('\n').replaceAll(/\| {2}(?=\|)/g, '| '); // as editors leave empty cells
}
