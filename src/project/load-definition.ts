import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Diagnostic } from '../kernel/index.ts';
import { type Definition, MAX_SOURCE_LENGTH, parseDefinition } from '../pipeline/index.ts';
import { detectProject } from './detect.ts';
import { readTemplate } from './detect-template.ts';

/** The names under which the file is looked for, in this order. */
export const DEFINITION_NAMES = ['ewok.yml', 'wercker.yml', '.wercker.yml'] as const;

export interface LoadedDefinition {
  /** As the person would name it. */
  readonly file: string;
  readonly text: string;
  /** Absent where nothing in the file can run. */
  readonly definition?: Definition;
  readonly diagnostics: readonly Diagnostic[];
}

export interface DefinitionPlace {
  /** The file itself, absolute. Absent: looked for in `folders`. */
  readonly configFile?: string;
  /** Absolute, in order. */
  readonly folders: readonly string[];
  /** What names in messages are relative to. */
  readonly currentFolder: string;
  /** Where there is no file, the one that fits the kind of project in the first folder. @defaultValue false */
  readonly useDefault?: boolean;
}

const absent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const ADVICE =
  '`slipway init` writes one, --default-file runs the one that it would write; or name a file with --wercker-yml FILE';

/** No text that is short enough takes more bytes. */
const MAX_BYTES = 4 * MAX_SOURCE_LENGTH;

/** The text of a file, or why it is not read; `undefined` where there is no file. */
async function readBounded(path: string): Promise<{ text: string } | { problem: string } | undefined> {
  try {
    const found = await stat(path); // first, because opening a pipe waits for its writer
    if (!found.isFile()) return { problem: 'this is no file' };
    if (found.size > MAX_BYTES) {
      return { problem: `the file has ${found.size} bytes, the limit is ${MAX_SOURCE_LENGTH} characters` };
    }
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    if (absent(error)) return undefined;
    return { problem: `the file cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function unreadable(file: string, message: string): LoadedDefinition {
  return { file, text: '', diagnostics: [{ severity: 'error', code: 'unreadable', message, file }] };
}

const shortName = (path: string, currentFolder: string): string => {
  const name = relative(currentFolder, path);
  return name.startsWith('..') ? path : name;
};

/** Finds and reads the project's `wercker.yml`; every mistake in it, its absence included, is a diagnostic. */
export async function loadDefinition(place: DefinitionPlace): Promise<LoadedDefinition> {
  const named = place.configFile === undefined ? [] : [place.configFile];
  const searched = place.folders.flatMap((folder) => DEFINITION_NAMES.map((name) => join(folder, name)));
  const candidates = named.length > 0 ? named : searched;
  for (const path of candidates) {
    const read = await readBounded(path);
    if (read === undefined) continue;
    const file = shortName(path, place.currentFolder);
    if ('problem' in read) return unreadable(file, read.problem);
    return { file, text: read.text, ...parseDefinition(read.text, { file }) };
  }
  return (await defaultDefinition(place)) ?? missing(place, candidates);
}

/** The template for what the project looks like; nothing is written. */
async function defaultDefinition(place: DefinitionPlace): Promise<LoadedDefinition | undefined> {
  const [folder] = place.folders;
  if (!place.useDefault || place.configFile !== undefined || folder === undefined) return undefined;
  const kind = await detectProject(folder).catch(() => undefined);
  const text = kind === undefined ? undefined : await readTemplate(kind);
  if (text === undefined) return undefined;
  const file = `wercker.yml (the default for ${kind})`;
  return { file, text, ...parseDefinition(text, { file }) };
}

function missing(place: DefinitionPlace, candidates: readonly string[]): LoadedDefinition {
  const file = shortName(candidates.at(place.configFile === undefined ? 1 : 0) ?? '', place.currentFolder);
  const where = place.folders.map((folder) => shortName(folder, place.currentFolder) || '.').join(' and ');
  const message =
    place.configFile === undefined
      ? `there is no wercker.yml in ${where} (nor ewok.yml or .wercker.yml)`
      : 'there is no such file';
  return {
    file,
    text: '',
    diagnostics: [{ severity: 'error', code: 'no-file', message, file, hint: ADVICE }],
  };
}
