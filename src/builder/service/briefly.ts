import type { BuilderSettings } from './builder-options.ts';
import { logNameOf } from './names.ts';

const PATIENCE_MS = 5000;

/** Waits for what nothing of a build depends on, but not for long. */
export async function briefly(work: Promise<unknown>, graceMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(PATIENCE_MS, graceMs));
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** Nothing more comes into the log of a build. Never throws; may be repeated. */
export async function endLog(
  { logs, graceMs, onError }: Pick<BuilderSettings, 'logs' | 'graceMs' | 'onError'>,
  id: string,
): Promise<void> {
  await briefly(logs.end(logNameOf(id)).catch(onError), graceMs);
}
