import { readFile } from 'node:fs/promises';
import { PROJECT_KINDS } from './detect.ts';

/** The `wercker.yml` that fits a kind of project; `undefined` when there is no such kind. */
export async function readTemplate(kind: string): Promise<string | undefined> {
  if (!PROJECT_KINDS.includes(kind)) return undefined;
  // Beside this module in a checkout, beside the program's one file in a package.
  return await readFile(new URL(`./templates/${kind}.yml`, import.meta.url), 'utf8');
}
