import { parseImageName } from '../../registry/index.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';

/**
 * What an image that one step of a run built is called on the engine, so that runs do not take each other's. Throws
 * `RunError` where nothing can be called that.
 */
export function runImageName({ request }: RunContext, name: string): string {
  const reference = `${request.runId}${name}`.toLowerCase();
  const parsed = parseImageName(reference);
  if (parsed.ok) return reference;
  throw new RunError({
    reason: 'step-failed',
    message: `${JSON.stringify(name)} cannot be the name of an image of the run: ${parsed.error.reason}`,
  });
}

/** The image of that name that a step of this run built; `undefined` where none did. */
export async function findRunImage(context: RunContext, name: string): Promise<string | undefined> {
  const reference = `${context.request.runId}${name}`.toLowerCase();
  if (!parseImageName(reference).ok) return undefined;
  const found = await context.engine.inspectImage(reference);
  return found === undefined ? undefined : reference;
}
