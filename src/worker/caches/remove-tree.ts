import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { errorCode } from '../../kernel/index.ts';

// Linux takes paths of 4,095 bytes. What is below this, with a name of 255 more, can be moved, and what is in it looked at.
const DEEP_BYTES = 2048;
const SLASH = Buffer.from('/');

/**
 * Removes a folder with all that is in it. Who changes into each folder before making the next one can nest them deeper than
 * any path reaches: such are lifted until paths reach them.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    return await rm(folder, { recursive: true, force: true });
  } catch (error) {
    if (errorCode(error) !== 'ENAMETOOLONG') throw error;
  }
  // Lifted into the folder itself: whatever happens meanwhile, they go with it the next time.
  const trees = [folder];
  for (const tree of trees) {
    for await (const deep of foldersTooDeep(Buffer.from(tree))) {
      const lifted = `${folder}/${randomUUID()}`;
      await rename(deep, lifted);
      trees.push(lifted);
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/** Links are not followed: they are no folders. Names are bytes. */
async function* foldersTooDeep(tree: Buffer): AsyncGenerator<Buffer, void, undefined> {
  const open = [tree];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { encoding: 'buffer', withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = Buffer.concat([folder, SLASH, entry.name]);
      if (path.length > DEEP_BYTES) yield path;
      else open.push(path);
    }
  }
}
