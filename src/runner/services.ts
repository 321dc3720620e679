import type { Engine } from '../engine/index.ts';
import type { RunContext } from './context.ts';
import type { Lookup } from './images.ts';
import type { LinkedService } from './link-variables.ts';
import type { RunNetwork } from './network.ts';
import { asLinked, type PreparedService, serviceContainer } from './service.ts';

/** The services of a run, started; dispose it to remove them. */
export interface RunningServices extends AsyncDisposable {
  readonly linked: readonly LinkedService[];
}

interface Started {
  readonly id: string;
  readonly service: PreparedService;
}

/**
 * Starts all services. Where the run chose their addresses they start together; otherwise one after the other, since
 * each is told the addresses of those before it.
 */
export async function startServices(
  context: RunContext,
  services: readonly PreparedService[],
  network: RunNetwork,
  lookup: Lookup,
): Promise<RunningServices> {
  const started: Started[] = [];
  const watching = new AbortController();
  const dispose = async (): Promise<void> => {
    watching.abort();
    if (!context.request.noRemove)
      await Promise.all(started.map(({ id }) => context.engine.removeContainer(id)));
  };
  const startOne = async (service: PreparedService, before: readonly LinkedService[]): Promise<Started> => {
    const spec = await serviceContainer(context, {
      service,
      network,
      linked: before,
      lookup,
      serviceCount: services.length,
    });
    const id = await context.engine.createContainer(spec);
    const entry = { id, service };
    started.push(entry);
    await context.engine.startContainer(id);
    void watchExit(context, entry, watching.signal);
    return entry;
  };
  try {
    const linked = await startAll(context.engine, services, { startOne, network, lookup });
    return { linked, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** How the services look to each other, where their addresses are chosen before they start. */
export function knownLinks(
  services: readonly PreparedService[],
  lookup: Lookup,
): LinkedService[] | undefined {
  const known = services.flatMap((service) =>
    service.address === undefined ? [] : [asLinked(service, service.address, lookup)],
  );
  return known.length === services.length ? known : undefined;
}

interface StartOptions {
  readonly startOne: (service: PreparedService, before: readonly LinkedService[]) => Promise<Started>;
  readonly network: RunNetwork;
  readonly lookup: Lookup;
}

async function startAll(
  engine: Engine,
  services: readonly PreparedService[],
  { startOne, network, lookup }: StartOptions,
): Promise<LinkedService[]> {
  const all = knownLinks(services, lookup);
  if (all !== undefined) {
    const outcomes = await Promise.allSettled(
      services.map((service, i) => startOne(service, all.slice(0, i))),
    );
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return all;
  }
  const linked: LinkedService[] = [];
  for (const service of services) {
    const { id } = await startOne(service, linked);
    const details = await engine.inspectContainer(id);
    const address = details === undefined ? undefined : details.addresses[network.name];
    linked.push(asLinked(service, address ?? '', lookup));
  }
  return linked;
}

const TAIL_LINES = 1000;

/** Prints what a service said at the moment in which it fails, since nothing else would tell. */
async function watchExit(context: RunContext, { id, service }: Started, signal: AbortSignal): Promise<void> {
  try {
    const { exitCode } = await context.engine.waitContainer(id, { signal });
    if (exitCode === 0 || signal.aborted) return;
    const log = await context.engine.readLogs(id, { tailLines: TAIL_LINES });
    context.notice('warning', `The service "${service.alias}" ended with exit code ${exitCode}; it printed:`);
    await context.output(log);
  } catch {
    // The watch ends with the run; an engine that is gone is told by whatever waits for the box.
  }
}
