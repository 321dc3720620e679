import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFINITION_NAMES } from './load-definition.ts';

/** The name of the file that a project has already; `undefined` when it has none. */
export async function existingDefinition(folder: string): Promise<string | undefined> {
  for (const name of DEFINITION_NAMES) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined) return name;
  }
  return undefined;
}

export interface WriteDefinitionOptions {
  /** What is there is replaced; otherwise it stays, and the result is `false`. */
  readonly replace: boolean;
}

/** Writes a project's `wercker.yml`, the whole of it or nothing. Throws what the system says. */
export async function writeDefinition(
  folder: string,
  text: string,
  { replace }: WriteDefinitionOptions,
): Promise<boolean> {
  const path = join(folder, 'wercker.yml');
  const fresh = `${path}.${randomUUID()}`;
  try {
    await using file = await open(fresh, 'wx');
    await file.writeFile(text);
    await file.sync();
    if (replace) await rename(fresh, path);
    else await link(fresh, path); // unlike `rename` this fails where something is
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST' && !replace) return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}
