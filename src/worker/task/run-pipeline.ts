import type { TaskPayload } from '../payload/index.ts';
import type { RunPipelinePayload } from './pipeline-run.ts';
import type { ContainerEnd } from './run-container.ts';
import type { StopSource } from './stop-source.ts';
import type { TaskContext } from './task-context.ts';

interface PipelineWork {
  readonly run: RunPipelinePayload;
  readonly payload: TaskPayload;
  /** `NAME=value` each. */
  readonly environment: readonly string[];
  readonly stop: StopSource;
}

/** Runs a payload's pipeline until it ends, its time is over or its run is aborted. */
export async function runPipeline(
  task: TaskContext,
  { run, payload, environment, stop }: PipelineWork,
): Promise<ContainerEnd> {
  const stopping = new AbortController();
  void stop.stopped.then((why) => stopping.abort(why.why === 'aborted' ? task.signal.reason : why));
  try {
    const variables = Object.fromEntries(environment.map(split));
    const { exitCode } = await run(task, { payload, environment: variables, signal: stopping.signal });
    if (stop.current === undefined) return { outcome: { success: exitCode === 0, exitCode } };
  } catch (failure) {
    if (stop.current === undefined) return { outcome: { success: false, exitCode: -1 }, failure };
  }
  return {
    outcome: {
      success: false,
      exitCode: -1,
      endedEarly: stop.current.why === 'timeout' ? 'timeout' : 'aborted',
    },
  };
}

const split = (variable: string): [name: string, value: string] => {
  const equals = variable.indexOf('=');
  return [variable.slice(0, equals), variable.slice(equals + 1)];
};
