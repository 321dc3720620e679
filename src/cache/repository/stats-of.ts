import { lstatSync, type Stats } from 'node:fs';
import { ABSENT, errorCode } from './file-trouble.ts';

/** What is at a path; `undefined` where nothing is, also where a ref has the name of a folder on the way there. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (ABSENT.includes(errorCode(cause) ?? '')) return undefined;
    throw cause;
  }
}
