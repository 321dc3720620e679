import { createHash } from 'node:crypto';
import { ArchiveError, readTar, type TarEntry } from '../../archive/index.ts';
import { BackupError } from '../error.ts';
import {
  type BackupEnd,
  type BackupHead,
  END_PATH,
  FACTS_FOLDER,
  type FactsLine,
  FORMAT_VERSION,
  HEAD_PATH,
  LINES_AT_ONCE,
  MANIFEST_FOLDER,
  type ManifestLine,
} from '../format.ts';
import * as schema from '../schema.ts';
import type { Written } from './write-place.ts';

/** What is done with a backup while it is read. */
export interface BackupReader {
  /** Once, before everything else. */
  onHead(head: BackupHead): Promise<void>;
  /** A file as it comes: nothing says yet that it is right. */
  onFile(path: string, content: AsyncIterable<Uint8Array>, facts: FactsLine | undefined): Promise<Written>;
  /** It was right, or is no part of it. */
  onLine(line: ManifestLine): Promise<void>;
}

// Of the backup's own files; parts of the manifest have some megabyte.
const MAX_OWN_BYTES = 64 * 1024 * 1024;

interface State {
  hasHead: boolean;
  end: BackupEnd | undefined;
  /** Read, and not yet in a line of the manifest. */
  waiting: (Written & { readonly path: string })[];
  facts: Map<string, FactsLine>;
  readonly hash: ReturnType<typeof createHash>;
  files: number;
}

/**
 * Reads a backup from its beginning to its end, and checks each file. Throws `BackupError` that says what is wrong with it,
 * and what the reader throws; then nothing of it may be used.
 */
export async function readBackup(
  stream: AsyncIterable<Uint8Array>,
  reader: BackupReader,
): Promise<BackupEnd> {
  const state: State = {
    hasHead: false,
    end: undefined,
    waiting: [],
    facts: new Map(),
    hash: createHash('sha256'),
    files: 0,
  };
  try {
    for await (const entry of readTar(stream)) await readEntry(entry, state, reader);
  } catch (error) {
    throw error instanceof ArchiveError && error.code === 'CORRUPT' ? tarTrouble(error, state) : error;
  }
  return complete(state);
}

function tarTrouble(cause: ArchiveError, { hasHead }: State): BackupError {
  if (!hasHead) return noBackup(cause);
  return new BackupError('DAMAGED', `The backup is damaged or not complete: ${cause.message}`, {
    cause,
    hint: 'copy it again from where it came from, or take another one',
  });
}

const noBackup = (cause?: unknown): BackupError =>
  new BackupError('NO_BACKUP', 'This is no backup of a Slipway server', {
    cause,
    hint: 'slipway backup FILE makes one: a tar, as it is, not compressed',
  });

async function readEntry(entry: TarEntry, state: State, reader: BackupReader): Promise<void> {
  const { path } = entry;
  if (!state.hasHead) return await readHead(entry, state, reader);
  if (state.end !== undefined) throw damaged(`there is something behind its end: ${path}`);
  if (entry.kind !== 'file') throw damaged(`${path} is no file`);
  if (path === END_PATH) state.end = parse(schema.BackupEnd, await text(entry), path);
  else if (path.startsWith(MANIFEST_FOLDER)) await readLines(entry, state, reader);
  else if (path.startsWith(FACTS_FOLDER)) await readFacts(entry, state);
  else {
    const written = await reader.onFile(path, entry.content(), state.facts.get(path));
    state.waiting.push({ path, ...written });
    // Whoever reads it holds no more than whoever wrote it did.
    if (state.waiting.length > LINES_AT_ONCE) throw damaged('its manifest does not come between its files');
  }
}

async function readHead(entry: TarEntry, state: State, reader: BackupReader): Promise<void> {
  if (entry.path !== HEAD_PATH) throw noBackup();
  const value = json(await text(entry), entry.path);
  const any = schema.AnyHead.safeParse(value);
  if (!any.success) throw noBackup(any.error);
  if (any.data.version > FORMAT_VERSION) {
    const message = `The backup has the format ${any.data.version}, and this program reads ${FORMAT_VERSION}`;
    throw new BackupError('NEWER', message, { hint: 'restore it with the newer program that made it' });
  }
  const head = schema.BackupHead.safeParse(value);
  if (!head.success) throw damaged(`${HEAD_PATH} is not what it was`);
  state.hasHead = true;
  await reader.onHead(head.data);
}

async function readLines(entry: TarEntry, state: State, reader: BackupReader): Promise<void> {
  const content = await text(entry);
  state.hash.update(content);
  for (const line of linesIn(content)) {
    const said = parse(schema.ManifestLine, line, entry.path);
    if ('path' in said) check(said, state);
    await reader.onLine(said);
  }
}

/** The lines of the manifest have the order of the files. */
function check(line: Extract<ManifestLine, { path: string }>, state: State): void {
  const found = state.waiting.shift();
  if (found?.path !== line.path) throw damaged(`${line.path} is missing`);
  if (found.sizeBytes !== line.sizeBytes)
    throw damaged(`${line.path} has ${found.sizeBytes} bytes, and had ${line.sizeBytes}`);
  if (found.sha256 !== line.sha256)
    throw damaged(`${line.path} is not what it was: its SHA-256 is another one`);
  state.files += 1;
}

async function readFacts(entry: TarEntry, state: State): Promise<void> {
  const prefix = entry.path.slice(FACTS_FOLDER.length).replace(/[^/]*$/, '');
  state.facts = new Map(); // what was known of those before is needed no more
  for (const line of linesIn(await text(entry))) {
    const facts = parse(schema.FactsLine, line, entry.path);
    state.facts.set(`${prefix}${facts.key}`, facts);
  }
}

function complete({ end, hasHead, waiting, hash, files }: State): BackupEnd {
  if (!hasHead) throw noBackup();
  if (end === undefined)
    throw new BackupError(
      'INCOMPLETE',
      'The backup is not complete: it was cut off while it was taken or copied',
      {
        hint: 'copy it again from where it came from, or take another one',
      },
    );
  const [more] = waiting;
  if (more !== undefined) throw damaged(`nothing is said of ${more.path}`);
  if (end.files !== files) throw damaged(`it had ${end.files} files, and there are ${files}`);
  if (hash.digest('hex') !== end.sha256) throw damaged('its manifest is not what it was');
  return end;
}

const damaged = (what: string): BackupError =>
  new BackupError('DAMAGED', `The backup is damaged: ${what}`, {
    hint: 'copy it again from where it came from, or use another one',
  });

async function text(entry: TarEntry): Promise<string> {
  if (entry.sizeBytes > MAX_OWN_BYTES) throw damaged(`${entry.path} is too large`);
  const pieces: Buffer[] = [];
  for await (const piece of entry.content()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const linesIn = (content: string): string[] => content.split('\n').filter(Boolean);

function json(content: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw damaged(`${path} is no JSON`);
  }
}

function parse<T>(
  shape: { safeParse(value: unknown): { readonly success: boolean; readonly data?: T | undefined } },
  content: string,
  path: string,
): T {
  const { data } = shape.safeParse(json(content, path));
  if (data === undefined) throw damaged(`${path} is not what it was`);
  return data;
}
