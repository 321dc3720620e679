import type { RunRecord } from '../api/runs.ts';
import type { RunPart, RunParts } from '../steps/steps-of.ts';

/** The steps of a run as its record has them, where nobody wrote down more: one after the other, up to its end. */
export function recordedParts({ steps, startedAt, finishedAt }: RunRecord): RunParts {
  const end = finishedAt ?? startedAt;
  let left = steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const parts = steps.map(({ safeId, displayName, phase, result, durationMs, message }, at): RunPart => {
    const begun = end - left;
    left -= durationMs;
    return {
      key: `recorded ${at} ${safeId}`,
      name: displayName,
      kind: phase === 'after' ? 'after' : 'step',
      state: result,
      durationMs,
      ...(result !== 'skipped' && { startedAt: begun, finishedAt: begun + durationMs }),
      ...(message !== undefined && { message }),
    };
  });
  return { parts, services: [], startedAt, ...(finishedAt !== undefined && { finishedAt }) };
}
