import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Diagnostic, formatDiagnostic, isHeavyYaml } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { CacheEntry, CacheGroup } from './cache-group.ts';

// Loaded only where there is such a file: nothing else of the cache needs YAML or zod.

/** What a file of BuildStream says of caches; everything else in it is BuildStream's business. */
export interface BuildstreamFile {
  /** `name` of a `project.conf`. */
  readonly project?: string;
  readonly artifacts?: CacheGroup;
  /** `projects: NAME: artifacts` of a user's file, for the project asked about. */
  readonly override?: CacheGroup;
}

const text = z.string().min(1);
const truth = z.union([
  z.boolean(),
  z.enum(['True', 'true']).transform(() => true),
  z.enum(['False', 'false']).transform(() => false),
]);
const port = z.coerce.number().int().min(1).max(65_535);

const ENTRY = {
  url: text,
  push: truth.optional(),
  'server-cert': text.optional(),
  'client-cert': text.optional(),
  'client-key': text.optional(),
};
const entry = z.strictObject(ENTRY);
const firstForm = z.strictObject({
  'pull-url': text.optional(),
  'push-url': text.optional(),
  'push-port': port.optional(),
});

const KEYS = [...Object.keys(firstForm.shape), ...Object.keys(ENTRY)].join(', ');

type Path = readonly PropertyKey[];

interface Reading {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly mistakes: Diagnostic[];
}

/** The place of a node in the file. A key where that is meant, else its value; the nearest node that there is. */
function rangeAt({ document, lines }: Reading, path: Path, isKey = false): NonNullable<Diagnostic['range']> {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair =
    isKey && isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
  const node = pair?.key ?? document.getIn(path, true) ?? parent;
  const [start = 0, end = start] = isNode(node) ? (node.range ?? []) : [];
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), offset };
  };
  return { start: position(start), end: position(end) };
}

function placeOf(reading: Reading, path: Path): string {
  const { line, column } = rangeAt(reading, path).start;
  return `${reading.file}:${line}:${column}`;
}

function addMistake(
  reading: Reading,
  about: { path: Path; isKey?: boolean; message: string; hint?: string },
): void {
  reading.mistakes.push({
    severity: 'error',
    code: 'artifacts',
    message: about.message,
    file: reading.file,
    range: rangeAt(reading, about.path, about.isKey),
    ...(about.hint !== undefined && { hint: about.hint }),
  });
}

const EXPECTED: Readonly<Record<string, string>> = {
  url: 'an address',
  'pull-url': 'an address',
  'push-url': 'an address',
  'push-port': 'a port from 1 to 65535',
  push: 'true or false',
};

/** Says what is wrong with a value without repeating it: an address may hold a password. */
function report(reading: Reading, base: Path, issues: readonly z.core.$ZodIssue[]): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    const name = String(issue.path.at(-1) ?? 'artifacts');
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        addMistake(reading, {
          path: [...path, key],
          isKey: true,
          message: `there is no key "${key}" in artifacts`,
          hint: `the keys are ${KEYS}`,
        });
    } else if (reading.document.hasIn(path))
      addMistake(reading, { path, message: `${name}: expected ${EXPECTED[name] ?? 'text'}` });
    else addMistake(reading, { path: path.slice(0, -1), message: `a cache needs the key "${name}"` });
  }
}

function checked<T>(reading: Reading, path: Path, schema: z.ZodType<T>): T | undefined {
  const node = reading.document.getIn(path, true);
  const found = schema.safeParse(isNode(node) ? node.toJS(reading.document, { maxAliasCount: 10 }) : node);
  if (found.success) return found.data;
  report(reading, path, found.error.issues);
  return undefined;
}

function entryAt(reading: Reading, path: Path): CacheEntry | undefined {
  const found = checked(reading, path, entry);
  if (found === undefined) return undefined;
  const { url, push } = found;
  const isGrpc = ['server-cert', 'client-cert', 'client-key'].some((name) => name in found);
  return { url, origin: placeOf(reading, path), ...(push !== undefined && { push }), isGrpc };
}

/** The value of one `artifacts` key; `undefined` where there is none, or mistakes were reported in it. */
function groupAt(reading: Reading, path: Path): CacheGroup | undefined {
  const { document } = reading;
  const node = document.getIn(path, true);
  if (node === undefined || (isScalar(node) && node.value === null)) return undefined;
  const origin = placeOf(reading, path);
  if (isSeq(node)) {
    const caches = node.items.map((_, index) => entryAt(reading, [...path, index]));
    return { origin, caches: caches.filter((each) => each !== undefined) };
  }
  if (!isMap(node)) {
    addMistake(reading, { path, message: `artifacts: expected a map of keys, or a list of them` });
    return undefined;
  }
  const isFirst = ['pull-url', 'push-url', 'push-port'].some((name) => node.has(name));
  if (isFirst && node.has('url')) {
    const message = '"url" does not go with "pull-url", "push-url" and "push-port": they are two forms';
    addMistake(reading, { path: [...path, 'url'], isKey: true, message });
    return undefined;
  }
  if (isFirst) return firstGroup(reading, path, origin);
  const single = entryAt(reading, path);
  return single && { origin, caches: [single], isSingle: true };
}

function firstGroup(reading: Reading, path: Path, origin: string): CacheGroup | undefined {
  const found = checked(reading, path, firstForm);
  if (found === undefined) return undefined;
  const { 'pull-url': pullUrl, 'push-url': pushUrl, 'push-port': pushPort } = found;
  return {
    origin,
    ...(pullUrl !== undefined && { pullUrl }),
    ...(pushUrl !== undefined && { pushUrl }),
    ...(pushPort !== undefined && { pushPort }),
  };
}

function open(file: string, source: string): Reading {
  if (isHeavyYaml(source)) {
    const message = `${file}: it has more anchors, tags and "?" than any configuration needs`;
    throw new CacheError('INVALID_CONFIGURATION', message);
  }
  const lines = new LineCounter();
  const reading = { file, lines, mistakes: [] };
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;
  try {
    return { ...reading, document: parseDocument(source, options) };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause; // the parser's own stack ends
    throw new CacheError('INVALID_CONFIGURATION', `${file}: lists and maps are nested too deep`, { cause });
  }
}

/**
 * Reads a `project.conf` or a user's `buildstream.conf`; of the latter, what it says of `project`. Throws
 * `INVALID_CONFIGURATION` with every mistake in what is said of caches, and where it is.
 */
export function parseBuildstreamFile(file: string, source: string, project?: string): BuildstreamFile {
  const reading = open(file, source);
  const [syntax] = reading.document.errors;
  if (syntax !== undefined) {
    const { line, col } = reading.lines.linePos(syntax.pos[0]);
    const message = `${file}:${line}:${col}: this is no YAML: ${syntax.message}`;
    throw new CacheError('INVALID_CONFIGURATION', message);
  }
  const name = reading.document.getIn(['name']);
  const artifacts = groupAt(reading, ['artifacts']);
  const override = project === undefined ? undefined : groupAt(reading, ['projects', project, 'artifacts']);
  if (reading.mistakes.length > 0) {
    // Without an excerpt: it would show what an address holds.
    const shown = reading.mistakes.map((each) => formatDiagnostic(each, undefined, { colour: false }));
    throw new CacheError(
      'INVALID_CONFIGURATION',
      `what is said of caches cannot be used\n${shown.join('\n')}`,
    );
  }
  return {
    ...(typeof name === 'string' && name !== '' && { project: name }),
    ...(artifacts !== undefined && { artifacts }),
    ...(override !== undefined && { override }),
  };
}
