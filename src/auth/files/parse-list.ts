import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Diagnostic, isHeavyYaml } from '../../kernel/index.ts';
import { AccessFileError, type ListedIn, refuseFile } from './access-file-error.ts';

// Loaded only where there is such a file: nothing else of this folder needs yaml and zod.

const MAX_MISTAKES = 50;

/** Reads the text of a file, YAML or JSON. Throws `AccessFileError` with every mistake, its line and column. */
export function parseList<T>(listed: ListedIn, text: string, schema: z.ZodType<T>): T {
  if (isHeavyYaml(text)) {
    const message = 'there are more keys, anchors and tags than anybody writes';
    throw refuseFile(listed, { code: 'heavy', message });
  }
  const { file, what } = listed;
  const lines = new LineCounter();
  const document = parse(listed, text, lines);
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
  if (syntax.length > 0) throw new AccessFileError(what, syntax.slice(0, MAX_MISTAKES));
  const read = schema.safeParse(plain(listed, document));
  if (read.success) return read.data;
  throw new AccessFileError(
    what,
    read.error.issues.slice(0, MAX_MISTAKES).map(({ path, message }) => ({
      severity: 'error' as const,
      code: 'wrong-value',
      message: path.length === 0 ? message : `${shownPath(path)}: ${message}`,
      ...place(...spanAt(document, path)),
    })),
  );
}

function parse(listed: ListedIn, text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser's own stack ends
    throw refuseFile(listed, { code: 'too-deep', message: 'lists and maps are nested too deep' });
  }
}

function plain(listed: ListedIn, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    const message = 'anchors and aliases have no use here';
    throw refuseFile(listed, { code: 'alias', message, hint: 'write the value itself' });
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
