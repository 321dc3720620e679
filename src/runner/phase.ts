import type { PhaseName } from '../kernel/index.ts';
import type { RunContext } from './context.ts';

/** Tells when a piece of Slipway's own work begins and how it ends. */
export async function phase<T>(context: RunContext, name: PhaseName, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const finished = (result: 'passed' | 'failed'): void => {
    const durationMs = performance.now() - startedAt;
    context.emit({ type: 'phase-finished', at: Date.now(), phase: name, result, durationMs });
  };
  context.emit({ type: 'phase-started', at: Date.now(), phase: name });
  try {
    const value = await work();
    finished('passed');
    return value;
  } catch (error) {
    finished('failed');
    throw error;
  }
}
