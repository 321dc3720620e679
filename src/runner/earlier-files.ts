import { shellQuote } from '../pipeline/index.ts';
import type { Box } from './box.ts';
import { RunError } from './failure.ts';

/**
 * Removes what an earlier run left in the box's image, in the places where this run's files belong; with `keepSource`
 * all but the source. Throws `RunError` where the box cannot.
 */
export async function removeEarlierFiles(box: Box, keepSource: boolean): Promise<void> {
  const base = shellQuote(`${box.plan.plan.basePath}/`);
  const kept = keepSource ? `case ${base} in "$f"/*) continue ;; esac; ` : '';
  const loop = `for f in /pipeline/* /pipeline/.[!.]*; do ${kept}rm -rf "$f"; done`;
  const outcome = await box.session.run(`( set +f; ${loop}; rm -rf /report ) 2>&7; __slipway_status=$?`);
  if (outcome.type === 'finished' && outcome.exitCode === 0) return;
  throw new RunError({
    reason: 'box',
    message: 'the box could not remove what an earlier run left in its image below /pipeline and /report',
  });
}
