import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CacheError } from '../error.ts';
import { openFolderFiles } from './folder-files.ts';
import { type HttpFilesOptions, openHttpFiles } from './http/http-files.ts';
import type { RemoteFiles } from './remote-files.ts';

/** Opens what a pull address names: `http(s)://…`, `file:///…` or an absolute folder. Throws `INVALID_CONFIGURATION`. */
export function openRemoteFiles(address: string, options: HttpFilesOptions): RemoteFiles {
  if (isAbsolute(address)) return openFolderFiles(address);
  const url = URL.parse(address);
  if (url?.protocol === 'file:' && url.host === '') return openFolderFiles(fileURLToPath(url));
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return openHttpFiles(url, options);
  // Not the address itself: what cannot be read may have a password anywhere.
  throw new CacheError('INVALID_CONFIGURATION', 'a pull address is not one that can be pulled from', {
    hint: 'It is http://…, https://… or the absolute folder of a repository.',
  });
}
