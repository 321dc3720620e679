import { closeSync, constants, openSync, readSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { CacheError } from '../error.ts';
import { isObjectId, isRefName } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Nothing is there, or nothing that could be a ref. */
const NO_REF = [...ABSENT, 'ELOOP', 'ENXIO'];

/** 64 hex digits and the end of the line; whatever is longer is no ref. */
const MAX_REF_FILE_BYTES = 128;

/** Filled and read within one call. */
const MEMORY = Buffer.alloc(MAX_REF_FILE_BYTES);

/** Throws `INVALID_REF`. */
export function requireRefName(ref: string): void {
  if (isRefName(ref)) return;
  throw new CacheError('INVALID_REF', `${JSON.stringify(ref)} is no name of a ref`, {
    hint: 'Names are parts of letters, digits, dots, hyphens and underlines, joined by slashes, like project/element/KEY.',
  });
}

/** The commit that a ref names; `undefined` where there is none, or its file says something else. */
export async function readRefFile({ heads }: Layout, ref: string): Promise<string | undefined> {
  try {
    // A link to another ref is one of the original's aliases; one that leads elsewhere is nobody's.
    const real = await unless([...ABSENT, 'ELOOP'], realpath(join(heads, ref)));
    return real?.startsWith(heads + sep) === true ? await readCommitId(real) : undefined;
  } catch (cause) {
    throw fileTrouble('read the ref', ref, cause);
  }
}

/**
 * The same for a file that is no link, in one go: three system calls of microseconds, where a thread for each of 50,000
 * takes seconds. `undefined` where it is anything else; `readRefFile` knows then.
 */
export function readPlainRef({ heads }: Layout, ref: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(`${heads}/${ref}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    return commitIn(MEMORY, readSync(file, MEMORY, 0, MEMORY.length, 0));
  } catch {
    return undefined; // whatever it is: `readRefFile` meets it as well, and says so
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function readCommitId(path: string): Promise<string | undefined> {
  const file = await unless(NO_REF, open(path, O_RDONLY | O_NONBLOCK));
  if (file === undefined) return undefined;
  await using _ = file;
  if (!(await file.stat()).isFile()) return undefined;
  const memory = Buffer.alloc(MAX_REF_FILE_BYTES);
  return commitIn(memory, (await file.read(memory, 0, memory.length, 0)).bytesRead);
}

function commitIn(memory: Buffer, bytes: number): string | undefined {
  const text = memory.toString('latin1', 0, bytes).trim();
  return isObjectId(text) ? text : undefined;
}
