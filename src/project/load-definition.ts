import { open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Diagnostic } from '../kernel/index.ts';
import { type Definition, MAX_SOURCE_LENGTH, parseDefinition } from '../pipeline/index.ts';

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
}

const absent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Reads no more than tells that the file is too large. */
async function readBounded(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, 'r');
    const buffer = Buffer.alloc(Math.min((await file.stat()).size, 4 * MAX_SOURCE_LENGTH + 4));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch (error) {
    if (absent(error)) return undefined;
    throw error;
  }
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
    const text = await readBounded(path);
    if (text === undefined) continue;
    const file = shortName(path, place.currentFolder);
    return { file, text, ...parseDefinition(text, { file }) };
  }
  return missing(place, candidates);
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
    diagnostics: [
      { severity: 'error', code: 'no-file', message, file, hint: 'name it with --wercker-yml FILE' },
    ],
  };
}
