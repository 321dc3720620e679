/** A colour that a log asks for: `0` to `255` of the palette, or `TRUE_COLOR` and its 24 bits. */
export type LogColor = number;

export const TRUE_COLOR = 0x1000000;

/** Attributes of text, as bits. */
export const ATTRIBUTES = {
  bold: 1,
  dim: 2,
  italic: 4,
  underline: 8,
  inverse: 16,
  strike: 32,
} as const;

/** How text is shown. Absent colours are those of the view. */
export interface TextStyle {
  readonly foreground?: LogColor;
  readonly background?: LogColor;
  readonly attributes: number;
}

export const PLAIN: TextStyle = { attributes: 0 };

const MAX_PARAMETERS = 32;

const MAX_KNOWN = 1000;
const known = new Map<string, readonly number[]>();

/** The numbers of a sequence; programs use few of them again and again. */
function codesOf(parameters: string): readonly number[] {
  const before = known.get(parameters);
  if (before !== undefined) return before;
  // `38:2::1:2:3` and `38;2;1;2;3` are two notations of one colour; the first may name a colour space.
  const codes = parameters
    .replace(/([34]8):2:(?:\d*:)?(\d+):(\d+):(\d+)(?=[;:]|$)/g, '$1;2;$2;$3;$4')
    .replace(/([34]8):5:/g, '$1;5;')
    .split(';', MAX_PARAMETERS)
    .map((text) => (/^\d{0,3}$/.test(text) ? Number(text) : Number.NaN));
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(parameters, codes);
  return codes;
}

/** What comes after `ESC [ parameters m`. What is not known changes nothing. */
export function applySgr(style: TextStyle, parameters: string): TextStyle {
  const codes = codesOf(parameters);
  let next = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? Number.NaN;
    if (code === 38 || code === 48) {
      const { color, used } = extendedColor(codes, at + 1);
      at += used;
      if (color !== undefined) next = colored(next, code === 38, color);
    } else next = applyCode(next, code);
  }
  return next;
}

function extendedColor(codes: readonly number[], at: number): { color?: LogColor; used: number } {
  const [kind, a = Number.NaN, b = Number.NaN, c = Number.NaN] = codes.slice(at, at + 4);
  if (kind === 5) return isByte(a) ? { color: a, used: 2 } : { used: 2 };
  if (kind !== 2) return { used: 1 };
  if (!isByte(a) || !isByte(b) || !isByte(c)) return { used: 4 };
  return { color: TRUE_COLOR | (a << 16) | (b << 8) | c, used: 4 };
}

const isByte = (value: number): boolean => value >= 0 && value <= 255;

const { bold, dim, italic, underline, inverse, strike } = ATTRIBUTES;
const SET: Readonly<Record<number, number>> = {
  1: bold,
  2: dim,
  3: italic,
  4: underline,
  7: inverse,
  8: dim, // "concealed": nothing of a log is hidden
  9: strike,
  21: underline,
};
const CLEARED: Readonly<Record<number, number>> = {
  22: bold | dim,
  23: italic,
  24: underline,
  27: inverse,
  28: dim,
  29: strike,
};

function applyCode(style: TextStyle, code: number): TextStyle {
  if (code === 0) return PLAIN;
  if (code >= 30 && code <= 37) return colored(style, true, code - 30);
  if (code >= 90 && code <= 97) return colored(style, true, code - 82);
  if (code >= 40 && code <= 47) return colored(style, false, code - 40);
  if (code >= 100 && code <= 107) return colored(style, false, code - 92);
  if (code === 39) return withoutColor(style, true);
  if (code === 49) return withoutColor(style, false);
  const set = SET[code];
  const cleared = CLEARED[code];
  if (set !== undefined) return { ...style, attributes: style.attributes | set };
  if (cleared !== undefined) return { ...style, attributes: style.attributes & ~cleared };
  return style;
}

const colored = (style: TextStyle, isForeground: boolean, color: LogColor): TextStyle =>
  isForeground ? { ...style, foreground: color } : { ...style, background: color };

function withoutColor({ foreground, background, attributes }: TextStyle, isForeground: boolean): TextStyle {
  return {
    attributes,
    ...(!isForeground && foreground !== undefined && { foreground }),
    ...(isForeground && background !== undefined && { background }),
  };
}

export const sameStyle = (a: TextStyle, b: TextStyle): boolean =>
  a === b ||
  (a.attributes === b.attributes && a.foreground === b.foreground && a.background === b.background);
