import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where an object is in a store that is a folder: `<folder>/<bucket>/<key>`. */
export interface FolderObject {
  readonly folder: string;
  readonly bucket: string;
  /** Parts joined by `/`; none of them may be empty, `.` or `..`. */
  readonly key: string;
}

function pathOf({ folder, bucket, key }: FolderObject): string {
  const parts = [bucket, ...key.split('/')];
  const bad = parts.find((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (bad !== undefined)
    throw new Error(`not an object's name: ${JSON.stringify(key)} in bucket ${JSON.stringify(bucket)}`);
  return join(folder, ...parts);
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

/** Copies a file to its place in the store; whoever reads there sees all of it or nothing. Repeating it is safe. */
export async function keepInFolder(file: string, object: FolderObject): Promise<string> {
  const target = pathOf(object);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const temporary = `${target}.${randomBytes(6).toString('hex')}.new`;
  try {
    await copyFile(file, temporary);
    await sync(temporary);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  await sync(dirname(target));
  return target;
}
