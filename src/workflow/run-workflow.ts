import { pipelinesToStart, type SchedulePolicy, type WorkflowPipeline } from '../pipeline/index.ts';
import { type RunRequest, runPipeline } from '../runner/index.ts';
import { type PipelineInput, pipelineInput } from './pipeline-input.ts';
import { type PipelineEnd, type Progress, trackProgress } from './progress.ts';
import type { WorkflowDependencies, WorkflowRequest, WorkflowResult } from './request.ts';

/** What the pipelines of one execution share. */
interface Execution {
  readonly request: WorkflowRequest;
  readonly dependencies: WorkflowDependencies;
  readonly progress: Progress;
  /** Where the runs that have ended left their files. */
  readonly folders: Map<string, string>;
  /** Aborts when the person wants to stop, or a failure ends the rest. */
  readonly signal: AbortSignal;
  readonly stopRest: () => void;
}

/**
 * Runs a workflow's pipelines, each from the moment at which all that it requires has passed, never more than the limit
 * at once. What each makes, and how it cleans up, is `runPipeline`'s. Does not throw for what it does not throw for.
 */
export async function runWorkflow(
  request: WorkflowRequest,
  dependencies: WorkflowDependencies,
): Promise<WorkflowResult> {
  const stopping = new AbortController();
  const progress = trackProgress(request.workflow, dependencies.onEvent);
  const execution: Execution = {
    request,
    dependencies,
    progress,
    folders: new Map(),
    signal: AbortSignal.any([dependencies.signal, stopping.signal]),
    stopRest: () => stopping.abort(),
  };
  progress.begin(request.limit);
  try {
    await runAll(execution);
  } catch (error) {
    stopping.abort();
    throw error;
  }
  return { result: progress.close(dependencies.signal.aborted) };
}

/** Asks what may start each time that a pipeline has passed, before it cleans up, or ended: nothing waits in vain. */
async function runAll(execution: Execution): Promise<void> {
  const { request, progress, signal } = execution;
  const policy: SchedulePolicy = {
    limit: request.limit,
    afterFailure: request.afterFailure === 'go-on' ? 'go-on' : 'stop',
  };
  const running = new Map<string, Promise<void>>();
  let passed = Promise.withResolvers<void>();
  const start = (pipeline: WorkflowPipeline): void => {
    const { name } = pipeline;
    const run = runOne(execution, pipeline, () => passed.resolve()).finally(() => running.delete(name));
    running.set(name, run);
  };
  for (;;) {
    const { ended } = progress;
    // One that has passed and still cleans up takes no room.
    const board = { running: new Set([...running.keys()].filter((name) => !ended.has(name))), ended };
    const next = signal.aborted ? [] : pipelinesToStart(request.workflow.pipelines, board, policy);
    for (const pipeline of next) start(pipeline);
    if (running.size === 0) return;
    await nextEnd(running, passed.promise);
    passed = Promise.withResolvers();
  }
}

/** When one of them has passed or ended. After one that throws the others are waited for, so that they clean up. */
async function nextEnd(running: ReadonlyMap<string, Promise<void>>, passed: Promise<void>): Promise<void> {
  try {
    await Promise.race([...running.values(), passed]);
  } catch (error) {
    await Promise.allSettled(running.values());
    throw error;
  }
}

async function runOne(execution: Execution, pipeline: WorkflowPipeline, onPassed: () => void): Promise<void> {
  const { request, dependencies, progress, folders, stopRest } = execution;
  const runId = dependencies.newRunId();
  progress.started(pipeline, runId);
  const input = await pipelineInput(pipeline, request.run.source, folders);
  tellMissing(execution, pipeline, { runId, input });
  const { engine, artifactStore } = dependencies;
  const { signal } = execution;
  const events = dependencies.eventsOf(pipeline);
  const run = await runPipeline(requestFor(request, pipeline, { runId, input }), {
    engine,
    events,
    signal,
    ...(artifactStore !== undefined && { artifactStore }),
    onPassed: ({ runFolder }) => {
      folders.set(pipeline.name, runFolder);
      progress.finished(pipeline, { result: 'passed' });
      onPassed();
    },
  });
  if (run.result === 'passed') return;
  const { failure } = run;
  const end: PipelineEnd = {
    result: run.result,
    ...(failure === undefined ? {} : { message: failure.message }),
  };
  progress.finished(pipeline, end);
  if (run.result === 'failed' && request.afterFailure === 'stop') stopRest();
}

interface Assigned {
  readonly runId: string;
  readonly input: PipelineInput;
}

function requestFor(
  { run, environments }: WorkflowRequest,
  { name, pipelineName, requires }: WorkflowPipeline,
  { runId, input }: Assigned,
): RunRequest {
  return {
    ...run,
    kind: 'deploy',
    pipeline: pipelineName,
    runId,
    source: input.source,
    // What another pipeline made stays as it is.
    box: { ...run.box, directMount: run.box.directMount && requires.length === 0 },
    artifacts: true,
    hostEnvironment: environments.get(name) ?? run.hostEnvironment,
  };
}

function tellMissing(
  { dependencies }: Execution,
  pipeline: WorkflowPipeline,
  { runId, input }: Assigned,
): void {
  const events = dependencies.eventsOf(pipeline);
  for (const name of input.missing) {
    const text = `the pipeline ${name} left no output: what ${pipeline.name} gets of it is empty`;
    void events({ type: 'notice', at: Date.now(), runId, level: 'warning', text });
  }
}
