import { pause } from '../work/pause.ts';
import type { Ec2Metadata } from './ec2-metadata.ts';

/** The cloud gives two minutes' notice and nothing to wait at: asking is all there is. */
const INTERVAL_MS = 5_000;

/**
 * Resolves with the moment that the cloud names as soon as it says that it will take the machine away; with `undefined` when the
 * signal aborts. Trouble with the service is ignored: it is asked again.
 */
export async function spotNotice(
  metadata: Ec2Metadata,
  signal: AbortSignal,
  intervalMs: number = INTERVAL_MS,
): Promise<string | undefined> {
  while (!signal.aborted) {
    const notice = await metadata.get('latest/meta-data/spot/termination-time').catch(() => undefined);
    if (notice !== undefined && notice.trim() !== '') return notice.trim();
    await pause(intervalMs, signal);
  }
  return undefined;
}
