import {
  closeSync,
  constants,
  fstatSync,
  open as openCallback,
  read as readCallback,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { type FileHandle, open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errorCode, isOutOfReach } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';

// Numbers of open files and not handles: thousands of small files a second are opened, and a handle costs as much as all the rest.
const open = promisify(openCallback);
const read = promisify(readCallback);

/** A plain file that is really where it was looked for. Dispose it. */
export interface OpenedFile extends Disposable {
  readonly fd: number;
  readonly stats: Stats;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

// A file that was replaced or removed meanwhile: it is still the one that was there.
const DELETED = ' (deleted)';

/**
 * Opens a plain file below a folder, not through any link: `folder` is absolute and without links, `path` relative and
 * without dots. `undefined` where there is none. Throws `UNAVAILABLE` where the disk or the system fails.
 */
export async function openFile(folder: string, path: string): Promise<OpenedFile | undefined> {
  const wanted = `${folder}/${path}`;
  const fd = await open(wanted, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY).catch((cause: unknown) => {
    if (isOutOfReach(cause)) return undefined;
    throw new CacheError(
      'UNAVAILABLE',
      `${path} of the repository cannot be opened: ${errorCode(cause) ?? cause}`,
      {
        cause,
      },
    );
  });
  if (fd === undefined) return undefined;
  // Nothing is written to it: closing takes no time.
  const opened = { fd, [Symbol.dispose]: () => closeSync(fd) };
  try {
    // Of a file that is open the kernel knows both without its disk.
    const stats = fstatSync(fd);
    const real = readlinkSync(`/proc/self/fd/${fd}`);
    if (stats.isFile() && (real === wanted || real === `${wanted}${DELETED}`)) return { ...opened, stats };
    closeSync(fd);
    return undefined;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** All of it; throws `UNAVAILABLE` where it became shorter. */
export async function readWhole({ fd, stats }: OpenedFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(stats.size); // kept: a slice would keep all that is around it
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await read(fd, bytes, at, bytes.length - at, at);
    if (bytesRead === 0) throw new CacheError('UNAVAILABLE', 'a file became shorter while it was read');
    at += bytesRead;
  }
  return bytes;
}

/** The same file, wherever its name leads by now, for those who read it in pieces. Close it. */
export const handleOf = ({ fd }: OpenedFile): Promise<FileHandle> =>
  openHandle(`/proc/self/fd/${fd}`, O_RDONLY);
