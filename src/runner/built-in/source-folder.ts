import type { Box } from '../box.ts';
import { RunError } from '../failure.ts';

/**
 * A folder of the source where the box has it, by the path that a step gives; absent: the source itself. Throws
 * `RunError` for what leads out of the source.
 */
export function sourceFolder(box: Box, property: string, written = '.'): string {
  const parts = written.split('/').filter((part) => part !== '' && part !== '.');
  if (!parts.includes('..')) return [box.plan.plan.basePath, ...parts].join('/');
  throw new RunError({
    reason: 'step-failed',
    message: `"${property}" must be a folder of the source, found ${JSON.stringify(written)}`,
  });
}
