import type { Engine } from '../engine/index.ts';
import type { RunContext } from './context.ts';
import type { Lookup } from './images.ts';
import type { LinkedService } from './link-variables.ts';
import type { RunNetwork } from './network.ts';
import { asLinked, type PreparedService, serviceContainer } from './service.ts';
import type { Teardown } from './teardown.ts';

interface Started {
  readonly id: string;
  readonly service: PreparedService;
}

export interface ServicesOptions {
  readonly network: RunNetwork;
  readonly lookup: Lookup;
  /** Is told of every container as soon as it is made. */
  readonly teardown: Teardown;
}

type StartOne = (service: PreparedService, before: readonly LinkedService[]) => Promise<Started>;

/**
 * Starts all services. Where the run chose their addresses they start together; otherwise one after the other, since
 * each is told the addresses of those before it.
 */
export async function startServices(
  context: RunContext,
  services: readonly PreparedService[],
  options: ServicesOptions,
): Promise<readonly LinkedService[]> {
  const watching = new AbortController();
  options.teardown.container(() => Promise.resolve(watching.abort()));
  const startOne: StartOne = async (service, before) => {
    const entry = await startService(context, { service, before, count: services.length, ...options });
    void watchExit(context, entry, watching.signal);
    return entry;
  };
  return await startAll(context.engine, services, { startOne, ...options });
}

interface ServiceStart extends ServicesOptions {
  readonly service: PreparedService;
  readonly before: readonly LinkedService[];
  readonly count: number;
}

async function startService(context: RunContext, start: ServiceStart): Promise<Started> {
  const { service, before, count, network, lookup, teardown } = start;
  const { engine, request } = context;
  const spec = await serviceContainer(context, {
    service,
    network,
    linked: before,
    lookup,
    serviceCount: count,
  });
  const id = await engine.createContainer(spec);
  if (!request.noRemove) teardown.container(() => engine.removeContainer(id));
  await engine.startContainer(id);
  return { id, service };
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

async function startAll(
  engine: Engine,
  services: readonly PreparedService[],
  { startOne, network, lookup }: ServicesOptions & { readonly startOne: StartOne },
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
