import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';

/** What a container that a step starts beside the box is called on the engine. */
export const besideName = ({ request }: RunContext, name: string): string => `${request.runId}${name}`;

const TAIL_LINES = 1000;

/**
 * Starts a container and watches it from then on: what it said is printed in the moment in which it fails. It is removed
 * with the box.
 */
export async function startBeside(
  context: RunContext,
  box: Box,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<void> {
  const { engine } = context;
  const watching = new AbortController();
  box.beside.set(name, watching);
  box.plan.teardown.container(() => Promise.resolve(watching.abort()));
  await engine.startContainer(id);
  void watchExit(context, { id, name, signal: watching.signal });
}

/** Ends a container that a step started; whether there was one. */
export async function endBeside(context: RunContext, box: Box, name: string): Promise<boolean> {
  const { engine } = context;
  const container = await engine.inspectContainer(besideName(context, name));
  if (container === undefined) return false;
  box.beside.get(name)?.abort();
  box.beside.delete(name);
  await engine.killContainer(container.id);
  await engine.removeContainer(container.id);
  return true;
}

interface Watched {
  readonly id: string;
  readonly name: string;
  readonly signal: AbortSignal;
}

async function watchExit(context: RunContext, { id, name, signal }: Watched): Promise<void> {
  try {
    const { exitCode } = await context.engine.waitContainer(id, { signal });
    if (exitCode === 0 || signal.aborted) return;
    const log = await context.engine.readLogs(id, { tailLines: TAIL_LINES });
    context.notice('warning', `The container "${name}" ended with exit code ${exitCode}; it printed:`);
    await context.output(log);
  } catch {
    // The watch ends with the run; an engine that is gone is told by whatever waits for the box.
  }
}
