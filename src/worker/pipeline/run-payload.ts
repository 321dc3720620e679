import type { Repository } from '../../cache/index.ts';
import type { RunEvent } from '../../kernel/index.ts';
import { type ArtifactStore, runPipeline } from '../../runner/index.ts';
import { traceRuns } from '../../telemetry/index.ts';
import { mayUseImage } from '../images/index.ts';
import type { PipelineRun } from '../task/pipeline-run.ts';
import type { TaskContext } from '../task/task-context.ts';
import { fetchSource } from './fetch-source.ts';
import { makeFolders } from './folders.ts';
import { guardImages } from './guard-images.ts';
import { createOutputs } from './outputs.ts';
import { readPipeline } from './read-pipeline.ts';
import { pipelineRunRequest } from './run-request.ts';
import { openStepEvents } from './step-events.ts';
import { travellingCache } from './travelling-cache.ts';
import { logStream, type PipelineViews } from './views.ts';

/** What all pipelines of a worker share. */
export interface Shared {
  readonly repository: Repository;
  readonly views: PipelineViews;
  readonly store: ArtifactStore | undefined;
}

/** Runs one pipeline as `slipway build` does, from the source in the cache to the artifacts of its task. */
export async function runPayload(
  task: TaskContext,
  run: PipelineRun,
  { repository, views, store }: Shared,
): Promise<{ readonly exitCode: number }> {
  const { signal } = run;
  const payload = readPipeline(run.payload);
  const folders = await makeFolders(task);
  const cache = travellingCache(task, { repository, payload, folder: folders.cache, signal });
  await fetchSource(task, payload, { repository, signal, folder: folders.source });
  if (payload.cache) await cache.fetch();
  await using outputs = createOutputs(task, {
    folder: task.folder,
    isPrivate: payload.private,
    views,
    signal,
  });
  await using steps = await openStepEvents(task);
  const stream = logStream(task.log);
  // The disk is full, say: the run goes on without its log, which tells the same when it is ended.
  stream.on('error', (error) => task.record('task log error', { message: error.message }));
  const show = views.text({ stream, verbose: payload.options.verbose, currentFolder: folders.working });
  await using images = guardImages(task.engine, {
    mayUse: (name) => mayUseImage(task, name),
    buildsFromLocal: task.settings.pipelineAllow.includes('local-images'),
  });
  const traced = traceRuns((name, options) => task.span.part(name, options));
  const { result } = await runPipeline(pipelineRunRequest(task, { run, payload, folders }), {
    engine: images.engine,
    signal,
    events: (event: RunEvent) => {
      outputs.see(event);
      traced.see(event);
      steps.see(event, task.log.sizeBytes + stream.waitingBytes());
      return show(event);
    },
    ...(store !== undefined && { artifactStore: store }),
  });
  await new Promise((written) => stream.end(written));
  signal.throwIfAborted();
  await outputs.send();
  if (result === 'passed' && payload.cache) await cache.send();
  return { exitCode: result === 'passed' ? 0 : 1 };
}
