import type { ServeStepsOptions, StepRegistryServer } from './registry-server/serve.ts';

/**
 * Serves a registry of steps (contract: "Publishing a step"). Rejects with what the system says when the address or the
 * folder cannot be had.
 */
export async function serveSteps(options: ServeStepsOptions): Promise<StepRegistryServer> {
  // Loaded here because a run never needs it.
  const { serveSteps: serve } = await import('./registry-server/serve.ts');
  return await serve(options);
}
