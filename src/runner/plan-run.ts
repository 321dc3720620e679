import { join } from 'node:path';
import { createRedactor, fail, ok, type Result, type RunEventSink } from '../kernel/index.ts';
import { createEmitter, redactedValue } from './context.ts';
import { asFailure } from './failure.ts';
import type { RunOutline } from './outline.ts';
import { outlineRun } from './outline-run.ts';
import { type PrepareRunContext, prepareRun } from './prepare-run.ts';
import type { RunFailure, RunRequest } from './request.ts';
import { safePathPart } from './working-folder.ts';

export interface PlanDependencies {
  /** Takes the mistakes and warnings of the file. */
  readonly events: RunEventSink;
  readonly signal: AbortSignal;
}

/**
 * What a run would do, without doing it: the file is read, its steps are fetched as for a run, and nothing is started.
 * Needs no engine and makes no folder of a run. Secrets are masked. May be called again.
 */
export async function planRun(
  request: RunRequest,
  { events, signal }: PlanDependencies,
): Promise<Result<RunOutline, RunFailure>> {
  const redactor = createRedactor();
  const context: PrepareRunContext = {
    request,
    signal,
    redactor,
    folder: {
      project: join(request.workingDir, 'projects', safePathPart(request.application.name)),
      steps: join(request.workingDir, 'steps'),
    },
    ...createEmitter(events, redactor, request.runId),
  };
  try {
    const outline = outlineRun(await prepareRun(context), request);
    return ok(redactedValue(outline, redactor) as RunOutline); // the same keys with the same kinds of values
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return fail({ ...failure, message: redactor.text(failure.message) });
  }
}
