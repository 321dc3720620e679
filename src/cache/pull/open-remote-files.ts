import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CacheError } from '../error.ts';
import { openFolderFiles } from './folder-files.ts';
import type { HttpFilesOptions } from './http/http-files.ts';
import { shownUrl } from './http/shown-url.ts';
import type { RemoteFiles } from './remote-files.ts';

/** Opens what a pull address names: `http(s)://…`, `file:///…` or an absolute folder. Throws `INVALID_CONFIGURATION`. */
export function openRemoteFiles(address: string, options: HttpFilesOptions): RemoteFiles {
  if (isAbsolute(address)) return openFolderFiles(address);
  const url = URL.parse(address);
  if (url?.protocol === 'file:' && url.host === '') return openFolderFiles(fileURLToPath(url));
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return lazyHttpFiles(url, options);
  // Not the address itself: what cannot be read may have a password anywhere.
  throw new CacheError('INVALID_CONFIGURATION', 'a pull address is not one that can be pulled from', {
    hint: 'It is http://…, https://… or the absolute folder of a repository.',
  });
}

/** Loads what speaks http when something is asked for: what is here already costs a build no more than a look. */
function lazyHttpFiles(url: URL, options: HttpFilesOptions): RemoteFiles {
  let files: RemoteFiles | undefined;
  const opened = async (): Promise<RemoteFiles> => {
    const { openHttpFiles } = await import('./http/http-files.ts');
    files ??= openHttpFiles(url, options);
    return files;
  };
  return {
    name: shownUrl(url),
    get isSlipway() {
      return files?.isSlipway ?? false;
    },
    open: async (path, asked) => await (await opened()).open(path, asked),
    fetchMany: async (paths, asked) => await (await opened()).fetchMany?.(paths, asked),
    [Symbol.dispose]: () => files?.[Symbol.dispose](),
  };
}
