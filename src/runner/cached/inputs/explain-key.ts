import { join } from 'node:path';
import type { Engine } from '../../../engine/index.ts';
import { createRedactor, fail, ok, type Result, type RunEventSink } from '../../../kernel/index.ts';
import type { CacheKey, NotCacheable } from '../../../pipeline/index.ts';
import { createEmitter, redactedValue } from '../../context.ts';
import { asFailure } from '../../failure.ts';
import { prepareRun } from '../../prepare-run.ts';
import type { RunFailure, RunRequest } from '../../request.ts';
import { safePathPart } from '../../working-folder.ts';
import { findCacheKey } from './find-cache-key.ts';

export interface ExplainDependencies {
  readonly engine: Engine;
  /** Takes the mistakes and warnings of the file. */
  readonly events: RunEventSink;
  readonly signal: AbortSignal;
}

/** What was found out of a run's key. */
export type KeyExplanation =
  | { readonly isCacheable: true; readonly key: CacheKey }
  | ({ readonly isCacheable: false } & NotCacheable);

/**
 * What the key of a run would be, without running it: the file is read, its steps are fetched as for a run, images are
 * looked up, and nothing is started. The source has to be a folder. Secrets are masked. May be called again.
 */
export async function explainCacheKey(
  request: RunRequest,
  { engine, events, signal }: ExplainDependencies,
): Promise<Result<KeyExplanation, RunFailure>> {
  const redactor = createRedactor();
  const context = {
    request,
    engine,
    signal,
    redactor,
    folder: {
      root: request.workingDir,
      project: join(request.workingDir, 'projects', safePathPart(request.application.name)),
      steps: join(request.workingDir, 'steps'),
    },
    ...createEmitter(events, redactor, request.runId),
  };
  try {
    const found = await findCacheKey(context, await prepareRun(context));
    if (found.ok) return ok({ isCacheable: true, key: redactedKey(found.value, redactor) });
    return ok({ isCacheable: false, reasons: found.error.reasons.map((reason) => redactor.text(reason)) });
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return fail({ ...failure, message: redactor.text(failure.message) });
  }
}

/** A digest is no text of anybody's, and stays as it is: a secret may be as short as one of its digits. */
function redactedKey(key: CacheKey, redactor: ReturnType<typeof createRedactor>): CacheKey {
  const inputs = key.inputs.map(({ name, shown, ...input }) => ({
    ...input,
    name: redactor.text(name),
    ...(shown !== undefined && { shown: redactor.text(shown) }),
  }));
  return { ...key, inputs, warnings: redactedValue(key.warnings, redactor) as readonly string[] };
}
