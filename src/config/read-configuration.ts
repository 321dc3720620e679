import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { ConfigurationError } from './error.ts';
import type { FieldPath } from './fields.ts';
import { configPlace } from './find-file.ts';
import type { FileValue } from './parse-file.ts';

const MAX_BYTES = 1024 ** 2;

/** The configuration file as it is read once at the start; without a file it holds nothing. */
export interface ConfigurationFile {
  /** Absolute; where it was looked for, also when there is none. */
  readonly path: string;
  readonly exists: boolean;
  readonly values: ReadonlyMap<FieldPath, FileValue>;
}

export interface ConfigurationOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly currentFolder: string;
}

function unreadable(file: string, message: string): ConfigurationError {
  return new ConfigurationError([{ severity: 'error', code: 'unreadable', message, file }]);
}

/** The text of the file; `undefined` where there is none. Throws `ConfigurationError`. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path); // first, because opening a pipe waits for its writer
    if (!found.isFile()) throw unreadable(path, 'this is no file');
    if (found.size > MAX_BYTES)
      throw unreadable(path, `the file has ${found.size} bytes, the limit is ${MAX_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code, errno = 0 } = error as NodeJS.ErrnoException; // what stat and readFile throw
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, `the file cannot be read: ${getSystemErrorMap().get(errno)?.[1] ?? code}`);
  }
}

export const homeOf = (environment: NodeJS.ProcessEnv): string => environment['HOME'] || homedir();

/**
 * Reads the configuration file: `SLIPWAY_CONFIG`, else `$XDG_CONFIG_HOME/slipway/config.yaml`, else
 * `~/.config/slipway/config.yaml`. What reads YAML is loaded only where there is one. Throws `ConfigurationError`, also
 * where `SLIPWAY_CONFIG` names a file that is not there.
 */
export async function readConfiguration(options: ConfigurationOptions): Promise<ConfigurationFile> {
  const { environment, currentFolder } = options;
  const home = homeOf(environment);
  const { path, isNamed } = configPlace(environment, { current: currentFolder, home });
  const text = await textOf(path);
  if (text === undefined && isNamed) throw unreadable(path, 'SLIPWAY_CONFIG names a file that is not there');
  if (text === undefined) return { path, exists: false, values: new Map() };
  const { parseFile } = await import('./parse-file.ts');
  return { path, exists: true, values: parseFile(path, text, { folder: dirname(path), home, resolve }) };
}
