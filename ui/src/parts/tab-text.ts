/** As much as a browser shows of a title when somebody points at the tab. */
const MAX_LETTERS = 100;

// What turns the direction of the text around it, or breaks lines: people name tasks as they like.
const TURNING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu;

/** A name as it can stand beside others in the title of a tab. */
export function tabText(name: string): string {
  const letters = [...name.replaceAll(TURNING, ' ').trim()];
  return letters.length > MAX_LETTERS ? `${letters.slice(0, MAX_LETTERS - 1).join('')}…` : letters.join('');
}
