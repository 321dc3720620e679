import type { Repository } from '../../cache/index.ts';
import type { ArtifactStore } from '../../runner/index.ts';
import type { WorkerSettings } from '../settings.ts';
import type { RunPipelinePayload } from '../task/pipeline-run.ts';
import type { PipelineViews } from './views.ts';

export interface PipelineRunnerOptions {
  readonly settings: Pick<WorkerSettings, 'volume'>;
  readonly views: PipelineViews;
  /** Where the operator wants the outputs too. Absent: they are artifacts of their task alone. */
  readonly store?: ArtifactStore;
}

/** What runs the pipelines of a worker. Dispose it after the last one. */
export interface PipelineRunner extends AsyncDisposable {
  readonly run: RunPipelinePayload;
}

/** Opens and loads nothing before the first pipeline. */
export function createPipelineRunner({ settings, views, store }: PipelineRunnerOptions): PipelineRunner {
  let opening: Promise<Repository> | undefined;
  const repository = async (): Promise<Repository> => {
    opening ??= import('./worker-repository.ts').then(({ openWorkerRepository }) =>
      openWorkerRepository(settings.volume),
    );
    opening.catch(() => {
      opening = undefined; // the disk may have room by the next time
    });
    return await opening;
  };
  return {
    async run(task, run) {
      const { runPayload } = await import('./run-payload.ts');
      return await runPayload(task, run, { repository: await repository(), views, store });
    },
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
