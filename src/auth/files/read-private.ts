import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { systemWords } from '../../kernel/index.ts';
import { type ListedIn, refuseFile } from './access-file-error.ts';

/** Of a list. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024;
const WRITABLE_BY_OTHERS = 0o022;

/** What changes when somebody writes a file, or puts another one in its place. */
export const stateOf = ({ ino, size, mtimeMs }: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>): string =>
  `${ino} ${size} ${mtimeMs}`;

/** Reads a file that only its owner may write. Throws `AccessFileError`. */
export async function readPrivate(
  listed: ListedIn,
  maxBytes: number,
): Promise<{ readonly text: string; readonly state: string }> {
  const { file } = listed;
  try {
    await using handle = await open(file, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuseFile(listed, { code: 'no-file', message: 'this is no plain file' });
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) {
      const message = 'others than its owner may write it';
      throw refuseFile(listed, { code: 'writable', message, hint: `run: chmod go-w ${file}` });
    }
    if (stats.size > maxBytes)
      throw refuseFile(listed, { code: 'too-large', message: `expected at most ${maxBytes} bytes` });
    return { text: await handle.readFile('utf8'), state: stateOf(stats) };
  } catch (cause) {
    const words = systemWords(cause);
    throw words === undefined
      ? cause
      : refuseFile(listed, { code: 'unreadable', message: `it cannot be read: ${words}` });
  }
}
