import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Diagnostic, isHeavyYaml } from '../../kernel/index.ts';
import { isScope } from '../scopes/scope-set.ts';
import { ISSUER_ID } from '../server-keys.ts';
import { ClientsError, refuseFile } from './error.ts';

// Loaded only where there is a file of clients: nothing else of this folder needs yaml and zod.

const MAX_MISTAKES = 50;
/** Shorter ones can be guessed by trying. */
export const MIN_TOKEN_CHARACTERS = 16;
const RESERVED: readonly string[] = ['anonymous', ISSUER_ID];

const clientId = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9!@/:.+|_-]+$/, 'expected letters, digits and any of !@/:.+|_-')
  .refine((id) => !RESERVED.includes(id), 'this name is the server’s own');

const ListedClient = z
  .strictObject({
    clientId,
    accessToken: z
      .string()
      .min(MIN_TOKEN_CHARACTERS, `expected at least ${MIN_TOKEN_CHARACTERS} characters`)
      .optional(),
    /** In the place of `accessToken`, and relative to the file. */
    accessTokenFile: z.string().min(1).optional(),
    scopes: z.array(z.string().refine(isScope, 'expected printable ASCII'), 'expected a list of scopes'),
    expires: z.iso
      .datetime({ offset: true, error: 'expected a moment such as 2030-01-31T12:00:00Z' })
      .optional(),
  })
  .refine(
    (each) => (each.accessToken === undefined) !== (each.accessTokenFile === undefined),
    'expected either accessToken or accessTokenFile',
  );

/** A client as a file has it: its token may be in another file. */
export type ListedClient = z.infer<typeof ListedClient>;

const List = z.array(ListedClient, 'expected a list of clients').superRefine((clients, { addIssue }) => {
  const seen = new Set<string>();
  for (const [at, { clientId: id }] of clients.entries()) {
    if (seen.has(id)) addIssue({ code: 'custom', path: [at, 'clientId'], message: `${id} is there twice` });
    seen.add(id);
  }
});

/** Reads the text of a file, YAML or JSON. Throws `ClientsError` with every mistake, its line and column. */
export function parseClients(file: string, text: string): readonly ListedClient[] {
  if (isHeavyYaml(text))
    throw refuseFile(file, 'heavy', 'there are more keys, anchors and tags than anybody writes');
  const lines = new LineCounter();
  const document = parse(file, text, lines);
  const place = (start: number, end: number = start + 1): Pick<Diagnostic, 'file' | 'range'> => {
    const position = (offset: number) => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col), offset };
    };
    return { file, range: { start: position(start), end: position(Math.max(end, start + 1)) } };
  };
  const syntax = document.errors.map(({ code, pos }) => ({
    severity: 'error' as const,
    code: 'yaml',
    // The parser's own words may repeat what is written there.
    message: `this is neither YAML nor JSON: ${code.toLowerCase().replaceAll('_', ' ')}`,
    ...place(pos[0], pos[1]),
  }));
  if (syntax.length > 0) throw new ClientsError(syntax.slice(0, MAX_MISTAKES));
  const read = List.safeParse(plain(document, file));
  if (read.success) return read.data;
  throw new ClientsError(
    read.error.issues.slice(0, MAX_MISTAKES).map(({ path, message }) => ({
      severity: 'error' as const,
      code: 'wrong-value',
      message: path.length === 0 ? message : `${shownPath(path)}: ${message}`,
      ...place(...spanAt(document, path)),
    })),
  );
}

function parse(file: string, text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser's own stack ends
    throw refuseFile(file, 'too-deep', 'lists and maps are nested too deep');
  }
}

function plain(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw refuseFile(file, 'alias', 'anchors and aliases have no use here', 'write the value itself');
  }
}

const shownPath = (path: readonly PropertyKey[]): string =>
  path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('');

/** Of the value, or of what it is missing in. */
function spanAt(document: Document.Parsed, path: readonly PropertyKey[]): [number, number] {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return [node.range[0], node.range[1]];
  }
  return [0, 1];
}
