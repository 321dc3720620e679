import { join } from 'node:path';
import type { Changes } from '../changes.ts';
import { watchFiles } from './watched-folder.ts';

export interface ArtifactCacheOptions {
  readonly changes: Changes;
  /** The repository's: whoever publishes to it or prunes it, here or in another process, writes there. */
  readonly folder: string;
  readonly onError: (error: unknown) => void;
}

const GATHER_MS = 500;

/** Tells when something was published to the artifact cache, or removed from it. */
export async function watchArtifactCache({
  changes,
  folder,
  onError,
}: ArtifactCacheOptions): Promise<Disposable> {
  const tell = (): void => changes.tell({ kind: 'cache' });
  const watching = new DisposableStack();
  // Public refs are in the summary; what is kept of all of them is in Slipway's own folder.
  const summary = await watchFiles(folder, {
    onChange: (names) => {
      if (names === undefined || names.has('summary')) tell();
    },
    onError,
    gatherMs: GATHER_MS,
  });
  watching.use(summary);
  watching.use(await watchFiles(join(folder, '.slipway'), { onChange: tell, onError, gatherMs: GATHER_MS }));
  return watching;
}
