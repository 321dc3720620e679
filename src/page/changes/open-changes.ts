import type { Builder } from '../../builder/index.ts';
import type { Queue } from '../../queue/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import { type Changes, createChanges } from './changes.ts';
import { watchArtifactCache } from './sources/artifact-cache.ts';
import { watchRecordedRuns } from './sources/recorded-runs.ts';

export interface ChangeSources {
  readonly queue?: Pick<Queue, 'onChange'>;
  readonly builder?: Pick<Builder, 'onChange'>;
  /** Of this machine: the store, and the folder in which it has the records. */
  readonly runs?: { readonly store: ObjectStore; readonly folder: string };
  /** The folder of the artifact cache. */
  readonly cacheFolder?: string;
  readonly onError: (error: unknown) => void;
}

/** Gathers what changes in all that a server has. Dispose it before these. */
export async function openChanges(sources: ChangeSources): Promise<Changes> {
  const { queue, builder, runs, cacheFolder, onError } = sources;
  using opened = new DisposableStack();
  const changes = opened.use(createChanges());
  if (queue !== undefined) opened.use(queue.onChange(changes.tell));
  if (builder !== undefined) {
    opened.use(
      builder.onChange((change) =>
        changes.tell(change === undefined ? undefined : { kind: 'build', ...change }),
      ),
    );
  }
  if (runs !== undefined) opened.use(await watchRecordedRuns({ ...runs, changes, onError }));
  if (cacheFolder !== undefined) {
    opened.use(await watchArtifactCache({ changes, folder: cacheFolder, onError }));
  }
  const all = opened.move();
  return {
    tell: changes.tell,
    listen: changes.listen,
    get hasListeners() {
      return changes.hasListeners;
    },
    [Symbol.dispose]: () => all.dispose(),
  };
}
