import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { settledOrAborted } from '../settled-or-aborted.ts';
import { awaitOne, type Wait } from './await-one.ts';
import { chooseProbe, describeProbe } from './choose-probe.ts';
import { createPortWatch } from './port-watch.ts';
import type { WaitedService } from './waited-service.ts';

/**
 * Waits until all services are ready, all together. What has to be looked at from the network is looked at from the box,
 * in its session, which is busy meanwhile; the rest begins before there is a box. Each that gets ready is told by an
 * event. Nothing is asked of anybody where there is nothing to wait for.
 *
 * Throws `RunError` when a service ends, when one is not ready in its time, or when the box is lost; what `box` rejects
 * with; and the reason of the context's signal when that aborts: then alone the session may still be busy.
 */
export async function awaitReady(
  context: RunContext,
  box: Promise<Box>,
  services: readonly WaitedService[],
): Promise<void> {
  const waits = services.flatMap((service): Wait[] => {
    const probe = chooseProbe(service);
    return probe === undefined ? [] : [{ service, probe }];
  });
  if (waits.length > 0) await awaitAll(context, box, waits);
}

/** Whether there is anything to wait for. */
export const isWaitedFor = (service: WaitedService): boolean => chooseProbe(service) !== undefined;

/** The first that fails ends the waiting for the others. */
async function awaitAll(context: RunContext, box: Promise<Box>, waits: readonly Wait[]): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const ports = createPortWatch(context);
  const guarded = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const ready = waits.map((wait) => guarded(awaitOne(wait, { context, ports, signal })));
  const looking = guarded(box.then((found) => ports.begin(found)));
  looking.catch(() => undefined); // looked at last
  const told = tellOfWaiting(context, { waits, box, ready });
  await Promise.allSettled([...ready, told]);
  const finish = async (): Promise<void> => {
    if (failed.signal.aborted) await ports.stop();
    await looking;
  };
  // Where the run is interrupted the box is removed anyway, and an engine that hangs must not hold that up.
  await settledOrAborted(finish(), context.signal);
  context.signal.throwIfAborted();
  failed.signal.throwIfAborted();
}

const TOLD_FROM_MS = 100;
const LONG_MS = 3000;

/** The time counts from when there is a box: what comes before costs nobody anything. */
async function tellOfWaiting(
  { notice }: RunContext,
  { waits, box, ready }: { waits: readonly Wait[]; box: Promise<unknown>; ready: readonly Promise<void>[] },
): Promise<void> {
  const pending = new Set(waits);
  const done = waits.map(async (wait, i) => {
    await ready[i];
    pending.delete(wait);
  });
  const tellPending = (): void => {
    const names = [...pending].map(({ service, probe }) => `"${service.name}" (${describeProbe(probe)})`);
    notice('info', `Waiting until services are ready: ${names.join(', ')}`);
  };
  const all = Promise.all(done);
  all.catch(() => undefined); // where the box does not come up, that is told
  await box;
  const startedAt = performance.now();
  const long = setTimeout(tellPending, LONG_MS);
  try {
    await all;
  } finally {
    clearTimeout(long);
  }
  const waitedMs = performance.now() - startedAt;
  if (waitedMs > TOLD_FROM_MS) notice('info', `Services ready after ${(waitedMs / 1000).toFixed(2)}s`);
}
