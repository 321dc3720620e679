import { chmod, lstat, mkdir } from 'node:fs/promises';
import { CommandError } from '../command-error.ts';

const OWNER_ONLY = 0o700;

/**
 * Makes a folder for its owner alone where everybody may make some, or takes one that was made so. Throws `CommandError` where
 * somebody else was faster: they could read, and change, what is put there.
 */
export async function takeOwnFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: OWNER_ONLY });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new CommandError(
      `the outputs would go to ${path}, which is ${found.isDirectory() ? 'somebody else’s' : 'no folder, or a link'}`,
      'Name a folder of your own with --storepath.',
    );
  await chmod(path, OWNER_ONLY);
}
