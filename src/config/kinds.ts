import { DURATION_EXAMPLES, fail, type JsonSchema, ok, parseDuration, type Result } from '../kernel/index.ts';

/** Where a secret is: never in the configuration file itself. */
export type SecretReference = { readonly variable: string } | { readonly file: string };

/** What a field of each kind holds once it is read. */
export interface KindValues {
  readonly text: string;
  /** Absolute. */
  readonly path: string;
  readonly paths: readonly string[];
  readonly url: string;
  readonly truth: boolean;
  /** A whole number from 1. */
  readonly count: number;
  /** Above 0, fractions allowed. */
  readonly amount: number;
  /** A whole number from 1, or `Infinity` for `unlimited`. */
  readonly countLimit: number;
  /** Above 0, or `Infinity` for `unlimited`. */
  readonly amountLimit: number;
  readonly bytes: number;
  readonly port: number;
  /** As it was written: `10m`. */
  readonly time: string;
  readonly secret: SecretReference;
  /** A URL, a place for ssh, or an absolute path; it holds no password. */
  readonly address: string;
  readonly caches: readonly ConfiguredCache[];
}

/** One artifact cache of a list of them. */
export interface ConfiguredCache {
  readonly url: string;
  readonly push?: boolean;
}

export type KindName = keyof KindValues;

/** What a value is read with. */
export interface ReadContext {
  /** What relative paths begin at, absolute. */
  readonly folder: string;
  readonly home: string;
  readonly resolve: (folder: string, path: string) => string;
}

export interface Kind<T> {
  /** For "expected …". */
  readonly expected: string;
  /** JSON Schema of what the file may hold. */
  readonly schema: JsonSchema;
  /** A value of the file, or the text of a flag or variable; `undefined` where it is none. */
  readonly read: (value: unknown, context: ReadContext) => T | undefined;
}

const UNLIMITED = 'unlimited';
const FACTORS = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;
const DECIMAL = /^\d+(?:\.\d+)?$/;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0');

/** Numbers come as such from the file, and as text from flags and variables. */
function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && DECIMAL.test(value) ? Number(value) : undefined;
}

const whole =
  (from: number, to: number) =>
  (value: unknown): number | undefined => {
    const found = number(value);
    return found !== undefined && Number.isSafeInteger(found) && found >= from && found <= to
      ? found
      : undefined;
  };

function positive(value: unknown): number | undefined {
  const found = number(value);
  return found !== undefined && found > 0 && Number.isFinite(found) ? found : undefined;
}

const orUnlimited =
  (read: (value: unknown) => number | undefined) =>
  (value: unknown): number | undefined =>
    value === UNLIMITED ? Number.POSITIVE_INFINITY : read(value);

/** `500 MB`, `10GiB`, `1.5g`: powers of 1024 under every name, as people mean them for disks' rooms. */
function bytes(value: unknown): number | undefined {
  if (typeof value === 'number') return whole(1, Number.MAX_SAFE_INTEGER)(value);
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(value) : null;
  const [, amount, unit = ''] = match ?? [];
  if (amount === undefined) return undefined;
  const factor = Object.entries(FACTORS).find(([name]) => name === unit.toLowerCase())?.[1] ?? 1;
  return whole(1, Number.MAX_SAFE_INTEGER)(Math.round(Number(amount) * factor));
}

function path(value: unknown, { folder, home, resolve }: ReadContext): string | undefined {
  if (!isText(value)) return undefined;
  return value === '~' || value.startsWith('~/')
    ? resolve(home, `.${value.slice(1)}`)
    : resolve(folder, value);
}

function paths(value: unknown, context: ReadContext): readonly string[] | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const read = items.map((item) => path(item, context));
  return read.includes(undefined) ? undefined : read.filter((item) => item !== undefined);
}

function url(value: unknown): string | undefined {
  if (!isText(value) || !URL.canParse(value)) return undefined;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? value : undefined;
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function secret(value: unknown, context: ReadContext): SecretReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [[key, place] = [], ...more] = Object.entries(value);
  if (more.length > 0 || !isText(place)) return undefined;
  if (key === 'variable') return /^[A-Za-z_][A-Za-z0-9_]*$/.test(place) ? { variable: place } : undefined;
  const file = key === 'file' ? path(place, context) : undefined;
  return file === undefined ? undefined : { file };
}

/** `user:password@host`, with a scheme before it or without. */
const PASSWORD = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/@]*:[^/]*@/i;

const address = (value: unknown): string | undefined =>
  isText(value) && !PASSWORD.test(value) ? value : undefined;

function cache(value: unknown): ConfiguredCache | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { url: place, push, ...more } = value as Readonly<Record<string, unknown>>; // any object can be read so
  const found = address(place);
  if (found === undefined || Object.keys(more).length > 0) return undefined;
  if (push === undefined || push === null) return { url: found };
  return typeof push === 'boolean' ? { url: found, push } : undefined;
}

function caches(value: unknown): readonly ConfiguredCache[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const read = value.map(cache);
  return read.includes(undefined) ? undefined : read.filter((item) => item !== undefined);
}

const SIZE = { type: ['integer', 'string'], minimum: 1, pattern: '^\\d+(\\.\\d+)?\\s*[kKmMgGtT]?i?[bB]?$' };
const limit = (type: 'integer' | 'number'): JsonSchema => ({
  anyOf: [type === 'integer' ? { type, minimum: 1 } : { type, exclusiveMinimum: 0 }, { const: UNLIMITED }],
});
const place = (name: string): JsonSchema => ({
  type: 'object',
  properties: { [name]: { type: 'string', minLength: 1 } },
  required: [name],
  additionalProperties: false,
});
const PATH = { type: 'string', minLength: 1 };

/** How the values of each kind are read, and what is said where one cannot be. */
export const KINDS: { readonly [K in KindName]: Kind<KindValues[K]> } = {
  text: { expected: 'text', schema: PATH, read: (value) => (isText(value) ? value : undefined) },
  path: { expected: 'a path', schema: PATH, read: path },
  paths: {
    expected: 'a path, or a list of paths',
    schema: { anyOf: [PATH, { type: 'array', items: PATH }] },
    read: paths,
  },
  url: {
    expected: 'an http:// or https:// address without credentials',
    schema: { type: 'string', format: 'uri' },
    read: url,
  },
  truth: { expected: 'true or false', schema: { type: 'boolean' }, read: truth },
  count: {
    expected: 'a whole number from 1',
    schema: { type: 'integer', minimum: 1 },
    read: whole(1, Number.MAX_SAFE_INTEGER),
  },
  amount: {
    expected: 'a number above 0',
    schema: { type: 'number', exclusiveMinimum: 0 },
    read: positive,
  },
  countLimit: {
    expected: `a whole number from 1, or ${UNLIMITED}`,
    schema: limit('integer'),
    read: orUnlimited(whole(1, Number.MAX_SAFE_INTEGER)),
  },
  amountLimit: {
    expected: `a number above 0, or ${UNLIMITED}`,
    schema: limit('number'),
    read: orUnlimited(positive),
  },
  bytes: { expected: 'a number of bytes, or one with a unit such as 20 GiB', schema: SIZE, read: bytes },
  port: {
    expected: 'a port from 0 to 65535',
    schema: { type: 'integer', minimum: 0, maximum: 65_535 },
    read: whole(0, 65_535),
  },
  time: {
    expected: DURATION_EXAMPLES,
    schema: { type: 'string', pattern: '^[0-9]{1,9}[smhdw]$' },
    read: (value) => (isText(value) && parseDuration(value) !== undefined ? value : undefined),
  },
  secret: {
    expected: '{variable: NAME} or {file: PATH}',
    schema: { oneOf: [place('variable'), place('file')] },
    read: secret,
  },
  address: {
    expected: 'an address without a password, or an absolute path',
    schema: PATH,
    read: address,
  },
  caches: {
    expected: 'a list of {url: ADDRESS} or {url: ADDRESS, push: true}, without passwords',
    schema: {
      type: 'array',
      items: {
        type: 'object',
        properties: { url: PATH, push: { type: 'boolean' } },
        required: ['url'],
        additionalProperties: false,
      },
    },
    read: caches,
  },
};

/** As `Kind.read`, with the sentence's half where the value is none. Secrets and long values are not repeated. */
export function readValue<K extends KindName>(
  kind: K,
  value: unknown,
  context: ReadContext,
): Result<KindValues[K], string> {
  const read = KINDS[kind].read(value, context);
  return read === undefined ? fail(`expected ${KINDS[kind].expected}`) : ok(read);
}
