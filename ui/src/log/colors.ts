import { ATTRIBUTES, type LogColor, type TextStyle, TRUE_COLOR } from './text-style.ts';

/** Red, green, blue: 0 to 255. */
type Rgb = readonly [number, number, number];
type Scheme = 'light' | 'dark';

const hex = (text: string): Rgb => rgbOf(Number.parseInt(text, 16));
const rgbOf = (bits: number): Rgb => [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];

/** What letters stand on where a log asks for nothing, and their colour there: those of `log.css`. */
export const GROUND: Readonly<Record<Scheme, Rgb>> = { light: hex('ffffff'), dark: hex('0b0d0e') };
export const INK: Readonly<Record<Scheme, Rgb>> = { light: hex('182022'), dark: hex('d9e0e3') };

const names = (text: string): readonly Rgb[] => text.split(' ').map(hex);

/** The sixteen colours that have names, as letters. */
const LETTERS: Readonly<Record<Scheme, readonly Rgb[]>> = {
  light: names(
    '182022 a8201a 17663a 755000 0d4fa0 8a2585 0b5f6b 566065 5a646a b8241d 1a6e3e 7a5200 1558b0 9a2f95 0d6976 182022',
  ),
  dark: names(
    '8b969c ff8f85 5fc98a e2b04a 80b8ff e39bff 6fd3e0 d9e0e3 93a0a6 ffaba3 84dba6 f0c871 a3cbff edb7ff 97e2ec ffffff',
  ),
};

/** The same as grounds, whatever the view's own is. */
const GROUNDS = names(
  '000000 c4302b 1a9850 c9a100 2463c4 a83da4 12919f d0d4d6 5a646a f0605a 3dc97a f0d25c 5c9dff d97ae0 4fd0df ffffff',
);

const CUBE = [0, 95, 135, 175, 215, 255];

/** One of the 240 colours that programs can count on to be the same everywhere. */
function cubeColor(index: number): Rgb {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const at = index - 16;
  const level = (step: number): number => CUBE[step] ?? 0;
  return [level(Math.floor(at / 36)), level(Math.floor(at / 6) % 6), level(at % 6)];
}

function resolve(color: LogColor, named: readonly Rgb[]): Rgb {
  if (color >= TRUE_COLOR) return rgbOf(color - TRUE_COLOR);
  return named[color] ?? cubeColor(color);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** How well two colours can be told apart, 1 to 21, as WCAG counts it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const MIN_CONTRAST = 4.5; // WCAG AA for text
const STEPS = 20;

/** A colour that can be read on a ground: the same where it can be, else on its way to black or white. */
export function readable(color: Rgb, ground: Rgb): Rgb {
  const [black, white]: Rgb[] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  const end = contrast(white as Rgb, ground) > contrast(black as Rgb, ground) ? white : black;
  for (let step = 0; step <= STEPS; step += 1) {
    const mixed = mix(color, end as Rgb, step / STEPS);
    if (contrast(mixed, ground) >= MIN_CONTRAST) return mixed;
  }
  return end as Rgb;
}

const mix = (from: Rgb, to: Rgb, part: number): Rgb => {
  const one = (at: 0 | 1 | 2): number => Math.round(from[at] + (to[at] - from[at]) * part);
  return [one(0), one(1), one(2)];
};

/** The two colours of a style, where it asks for any; letters are readable on their ground. */
export function colorsOf(
  { foreground, background, attributes }: TextStyle,
  scheme: Scheme,
): { letters?: Rgb; ground?: Rgb } {
  const isInverse = (attributes & ATTRIBUTES.inverse) !== 0;
  if (foreground === undefined && background === undefined && !isInverse) return {};
  const asked = foreground === undefined ? INK[scheme] : resolve(foreground, LETTERS[scheme]);
  if (isInverse) {
    const under = background === undefined ? GROUND[scheme] : resolve(background, GROUNDS);
    return { letters: readable(under, asked), ground: asked };
  }
  if (background === undefined) return { letters: readable(asked, GROUND[scheme]) };
  const ground = resolve(background, GROUNDS);
  return { letters: readable(asked, ground), ground };
}

/** How a segment is drawn: classes for attributes, colours for both schemes. */
export interface Look {
  readonly className: string | undefined;
  /** For `style` as an object, which is set one property at a time: the page's policy has no style in attributes. */
  readonly colors: { readonly color?: string; readonly backgroundColor?: string } | undefined;
}

const MAX_LOOKS = 4096; // a log may have all 16 million colours
const looks = new Map<string, Look>();

export function lookOf(style: TextStyle): Look {
  const { foreground = '', background = '', attributes } = style;
  const key = `${foreground} ${background} ${attributes}`;
  let look = looks.get(key);
  if (look === undefined) {
    if (looks.size >= MAX_LOOKS) looks.clear();
    look = { className: classesOf(style), colors: bothSchemes(style) };
    looks.set(key, look);
  }
  return look;
}

function classesOf({ foreground, background, attributes }: TextStyle): string | undefined {
  const classes = ['bold', 'italic', 'underline', 'strike'] as const;
  const found: string[] = classes.filter((name) => (attributes & ATTRIBUTES[name]) !== 0);
  // What has a colour of its own is dim enough.
  const isPlain = foreground === undefined && background === undefined;
  if (isPlain && (attributes & ATTRIBUTES.dim) !== 0 && (attributes & ATTRIBUTES.inverse) === 0) {
    found.push('dim');
  }
  return found.length === 0 ? undefined : found.map((name) => `log-${name}`).join(' ');
}

function bothSchemes(style: TextStyle): Look['colors'] {
  const [light, dark] = [colorsOf(style, 'light'), colorsOf(style, 'dark')];
  if (light.letters === undefined || dark.letters === undefined) return undefined;
  return {
    color: either(light.letters, dark.letters),
    ...(light.ground !== undefined &&
      dark.ground !== undefined && { backgroundColor: either(light.ground, dark.ground) }),
  };
}

const css = (color: Rgb): string => `rgb(${color.join(' ')})`;
const either = (light: Rgb, dark: Rgb): string =>
  css(light) === css(dark) ? css(light) : `light-dark(${css(light)}, ${css(dark)})`;
