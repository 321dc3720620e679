import { type Document, parseDocument } from 'yaml';
import { ConfigurationError } from './error.ts';
import { FIELDS, type FieldPath } from './fields.ts';
import { KINDS, type ReadContext } from './kinds.ts';
import { collectMistakes, type Mistakes } from './mistakes.ts';
import { type ConfigTree, readTree } from './read-tree.ts';
import { configurationFile, type FieldIssue } from './schema.ts';

// Loaded only where there is a configuration file.

/** A value that the file gives, and its line, from 1. */
export interface FileValue {
  readonly value: unknown;
  readonly line: number;
}

const SYNTAX: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is there twice',
  TAB_AS_INDENT: 'tabs may not indent: use spaces',
  BAD_INDENT: 'this line stands too far left or right',
  MULTIPLE_DOCS: 'a second document begins here: only one is expected',
};

/**
 * The text as a document, with what the parser says against it reported: further mistakes on a line are mostly echoes of the
 * first. `undefined` where nothing in it can be believed.
 */
function readDocument(text: string, mistakes: Mistakes): Document.Parsed | undefined {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: mistakes.lines, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser's own stack ends
    mistakes.add({ code: 'too-deep', message: 'lists and maps are nested too deep' });
    return undefined;
  }
  const lines = new Set<number>();
  for (const { code, message, pos } of document.errors) {
    const { line } = mistakes.lines.linePos(pos[0]);
    if (lines.has(line)) continue;
    lines.add(line);
    const said = SYNTAX[code] ?? message.charAt(0).toLowerCase() + message.slice(1);
    mistakes.add({ code: 'yaml', message: said, at: { start: pos[0], end: pos[1] } });
  }
  return document.errors.every(({ code }) => code === 'DUPLICATE_KEY') ? document : undefined;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Fields with addresses: what is wrong with one may be the password in it. */
const MAY_HOLD_PASSWORDS: ReadonlySet<string> = new Set(
  FIELDS.filter(({ field }) => ['url', 'address', 'caches'].includes(field.kind)).map(({ path }) => path),
);

function wrongValue(issue: Issue, { keys, places }: ConfigTree, mistakes: Mistakes): void {
  const path = issue.path.map(String).join('.');
  const params = issue.params as FieldIssue | undefined; // every issue of the schema's fields has them
  const name = String(issue.path.at(-1));
  if (params?.code === 'literal-secret') {
    mistakes.add({
      code: 'literal-secret',
      message: `${path}: a secret is not written into this file`,
      at: keys.get(path) ?? { start: 0, end: 0 },
      hint: `say where it is: ${name}: ${KINDS.secret.expected}`,
    });
    return;
  }
  const at = places.get(path) ?? { start: 0, end: 0 };
  if (MAY_HOLD_PASSWORDS.has(path)) mistakes.hide(at);
  mistakes.add({
    code: 'wrong-value',
    message: `${path}: expected ${params?.expected ?? 'another value'}`,
    at,
  });
}

/**
 * What a configuration file says, each value read as its kind, by path. Throws `ConfigurationError` with every mistake.
 */
export function parseFile(
  file: string,
  text: string,
  context: ReadContext,
): ReadonlyMap<FieldPath, FileValue> {
  const mistakes = collectMistakes(file, text);
  const document = readDocument(text, mistakes);
  const tree = document === undefined ? undefined : readTree(document, mistakes);
  const parsed = tree && configurationFile(context).safeParse(tree.values);
  if (tree !== undefined && parsed?.success === false)
    for (const issue of parsed.error.issues) wrongValue(issue as Issue, tree, mistakes);
  if (tree === undefined || parsed?.success !== true || mistakes.diagnostics.length > 0)
    throw new ConfigurationError(mistakes.diagnostics, mistakes.shownText());
  return new Map(
    listValues(tree, parsed.data as Readonly<Record<string, Record<string, unknown>>>, mistakes),
  );
}

function listValues(
  { keys }: ConfigTree,
  data: Readonly<Record<string, Record<string, unknown>>>,
  { lines }: Mistakes,
): [FieldPath, FileValue][] {
  return Object.entries(data).flatMap(([section, fields]) =>
    Object.entries(fields).map(([name, value]): [FieldPath, FileValue] => {
      const path = `${section}.${name}` as FieldPath; // the schema takes no others
      return [path, { value, line: lines.linePos(keys.get(path)?.start ?? 0).line }];
    }),
  );
}
