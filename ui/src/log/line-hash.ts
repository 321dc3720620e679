/** Lines that an address names, counted from 1, both of them in it: `#L120`, `#L120-L140`. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

const MAX_LINE = 999_999_999_999;

/** Lines of `#L120-L140`, `L120`, or of what people type: `120-140`. */
export function readLineRange(text: string): LineRange | undefined {
  const found = /^#?L?(\d{1,12})(?:\s*[-–:]\s*L?(\d{1,12}))?$/i.exec(text.trim());
  if (found === null) return undefined;
  const one = Number(found[1]);
  const other = found[2] === undefined ? one : Number(found[2]);
  if (one < 1 || other < 1) return undefined;
  return { first: Math.min(one, other), last: Math.min(MAX_LINE, Math.max(one, other)) };
}

export const lineHash = ({ first, last }: LineRange): string =>
  first === last ? `#L${first}` : `#L${first}-L${last}`;
