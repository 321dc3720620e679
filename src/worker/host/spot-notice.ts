import { pause } from '../work/pause.ts';
import type { Ec2Metadata } from './ec2-metadata.ts';

/** The cloud gives two minutes' notice and nothing to wait at: asking is all there is. */
const INTERVAL_MS = 5_000;

/** The moment at which the cloud takes the machine away, if it says one now; a service that does not answer says nothing. */
export async function spotTermination(metadata: Ec2Metadata): Promise<string | undefined> {
  const notice = await metadata.get('latest/meta-data/spot/termination-time').catch(() => undefined);
  return notice?.trim() || undefined;
}

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
    const notice = await spotTermination(metadata);
    if (notice !== undefined) return notice;
    await pause(intervalMs, signal);
  }
  return undefined;
}
