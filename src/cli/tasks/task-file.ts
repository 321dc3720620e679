import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { errorCode, systemWords, visibleText } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** A file that says what a task is, JSON or YAML, with the places of what is in it. */
export interface TaskFile {
  /** As it is called in messages. */
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Says what is wrong at a path into it. */
  mistake(path: readonly PropertyKey[], message: string): string;
}

const MAX_BYTES = 10 * 1024 * 1024; // what the queue takes
const MAX_ALIASES = 100;

/** Reads a file, `-` for standard input. Throws `CommandError` with every mistake's place. */
export async function readTaskFile(context: CommandContext, path: string): Promise<TaskFile> {
  const name = path === '-' ? 'standard input' : path;
  const text = path === '-' ? await readAll(context.stdin) : await readText(path);
  if (text.length > MAX_BYTES)
    throw new CommandError(`${name} has ${text.length} characters: a task has at most ${MAX_BYTES}`);
  const lines = new LineCounter();
  const document = parse(text, name, lines);
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  const mistake = (at: readonly PropertyKey[], message: string): string =>
    placed(name, lines, offsetOf(document, at), message);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandError(mistake([], 'expected a map with what the task is'));
  return { name, value: value as Record<string, unknown>, mistake }; // a map with text keys, see above
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new CommandError(`${path} cannot be read: ${systemWords(error)}`);
  }
}

function parse(text: string, name: string, lines: LineCounter): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the parser's own stack ends
    throw new CommandError(`${name}: lists and maps are nested too deep`);
  }
  const [first] = document.errors;
  if (first === undefined) return document;
  throw new CommandError(placed(name, lines, first.pos[0], first.message));
}

/** Where what a path leads to begins; where it leads nowhere, what would hold it. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

const placed = (file: string, lines: LineCounter, offset: number, message: string): string => {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}: ${visibleText(message)}`;
};
