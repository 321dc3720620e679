import type { RetentionRules } from '../artifacts/index.ts';
import type { Settings } from './settings.ts';

/** The rules as they count. */
export function retentionRules(settings: Settings): RetentionRules {
  const keepFailedDays = settings.get('retention.keepFailedDays');
  const maxBytes = settings.get('retention.maxBytes');
  return {
    keepDays: settings.get('retention.keepDays') ?? Number.POSITIVE_INFINITY,
    keepRuns: settings.get('retention.keepRuns') ?? Number.POSITIVE_INFINITY,
    ...(keepFailedDays !== undefined && { keepFailedDays }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}
