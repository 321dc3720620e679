import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { CacheError } from '../error.ts';
import { isObjectId, isRefName } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';

const { O_RDONLY, O_NONBLOCK } = constants;

/** 64 hex digits and the end of the line; whatever is longer is no ref. */
const MAX_REF_FILE_BYTES = 128;

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

async function readCommitId(path: string): Promise<string | undefined> {
  const file = await unless([...ABSENT, 'ELOOP', 'ENXIO'], open(path, O_RDONLY | O_NONBLOCK));
  if (file === undefined) return undefined;
  await using _ = file;
  if (!(await file.stat()).isFile()) return undefined;
  const memory = Buffer.alloc(MAX_REF_FILE_BYTES);
  const { bytesRead } = await file.read(memory, 0, memory.length, 0);
  const text = memory.toString('latin1', 0, bytesRead).trim();
  return isObjectId(text) ? text : undefined;
}
