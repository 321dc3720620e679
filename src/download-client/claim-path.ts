import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { DownloadError, errorCode } from './error.ts';

/**
 * Has a path for this one caller until it is disposed or its process ends, however that does. Its folder has to be there.
 * Throws `BUSY` where another one on this machine has it. Only Linux can tell: elsewhere everybody gets it.
 */
export async function claimPath(path: string): Promise<AsyncDisposable> {
  if (process.platform !== 'linux') return { async [Symbol.asyncDispose]() {} };
  const own = join(await realpath(dirname(path)), basename(path));
  // A name of the kernel's that one process has at a time, and that leaves no file behind when it is killed.
  const name = `\0slipway-claim-${createHash('sha256').update(own).digest('hex')}`;
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen(name), 'listening');
  } catch (cause) {
    if (errorCode(cause) !== 'EADDRINUSE') throw cause;
    throw new DownloadError('BUSY', `another process is fetching to ${path}`, { cause });
  }
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
