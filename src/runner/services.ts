import type { Engine } from '../engine/index.ts';
import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import type { Lookup } from './images.ts';
import type { LinkedService } from './link-variables.ts';
import { besideNetwork, type RunNetwork } from './network.ts';
import { awaitReady, isWaitedFor, type WaitedService } from './readiness/index.ts';
import { asLinked, type PreparedService, serviceContainer } from './service.ts';
import { tellServiceOutput } from './service-log.ts';
import type { Teardown } from './teardown.ts';

/** A service whose container was started. */
export interface StartedService {
  readonly link: LinkedService;
  readonly waited: WaitedService;
}

export interface ServicesOptions {
  readonly network: RunNetwork;
  readonly lookup: Lookup;
  /** Is told of every container as soon as it is made. */
  readonly teardown: Teardown;
}

type StartOne = (service: PreparedService, before: readonly LinkedService[]) => Promise<StartedService>;

/**
 * Starts all services, made while the network is made; whether they are ready is `awaitServices` to find out. Where the run chose their addresses they
 * start together; otherwise one after the other, since each is told the addresses of those before it.
 */
export async function startServices(
  context: RunContext,
  services: readonly PreparedService[],
  options: ServicesOptions,
): Promise<readonly StartedService[]> {
  const watching = new AbortController();
  options.teardown.container(() => Promise.resolve(watching.abort()));
  const { signal } = watching;
  const startOne: StartOne = async (service, before) => {
    const start = { service, before, count: services.length, signal, ...options };
    const started = await startService(context, start);
    // Until it is ready its end is the run's, and told as that.
    if (!isWaitedFor(started.waited)) void tellExit(context, started.waited);
    return started;
  };
  return await startAll(services, { startOne, ...options });
}

/** Waits until the services are ready (see `awaitReady`); tells from then on when one of them fails. */
export async function awaitServices(
  context: RunContext,
  box: Promise<Box>,
  services: readonly StartedService[],
): Promise<void> {
  const all = services.map(({ waited }) => waited);
  await awaitReady(context, box, all);
  for (const service of all) if (isWaitedFor(service)) void tellExit(context, service);
}

interface ServiceStart extends ServicesOptions {
  readonly service: PreparedService;
  readonly before: readonly LinkedService[];
  readonly count: number;
  /** Aborts when nobody watches the service any more. */
  readonly signal: AbortSignal;
}

async function startService(context: RunContext, start: ServiceStart): Promise<StartedService> {
  const { service, before, count, network, lookup, teardown, signal } = start;
  const { engine, request } = context;
  const spec = await serviceContainer(context, {
    service,
    network,
    linked: before,
    lookup,
    serviceCount: count,
  });
  const id = await besideNetwork(network, () => engine.createContainer(spec));
  if (!request.noRemove) teardown.container(() => engine.removeContainer(id));
  if (request.serviceLogs) {
    const attachment = await tellServiceOutput(context, { id, name: service.alias });
    teardown.container(async () => await attachment[Symbol.asyncDispose]());
  }
  await network.open();
  await engine.startContainer(id);
  const startedAt = performance.now();
  const exited = engine.waitContainer(id, { signal }).then(({ exitCode }) => exitCode);
  exited.catch(() => undefined); // the watch ends with the run, and by then nobody may be listening
  const address = service.address ?? (await addressOf(engine, id, network.name));
  const link = asLinked(service, address, lookup);
  return { link, waited: waitedService(service, { id, address, startedAt, exited }) };
}

/** Empty where the engine does not tell: the service has ended already. */
async function addressOf(engine: Engine, id: string, network: string): Promise<string> {
  const details = await engine.inspectContainer(id);
  return details?.addresses[network] ?? '';
}

function waitedService(
  { alias, spec, image }: PreparedService,
  running: Pick<WaitedService, 'id' | 'address' | 'startedAt' | 'exited'>,
): WaitedService {
  const ready = spec.ready === undefined ? {} : { ready: spec.ready };
  return { ...running, name: alias, image: image.details, ports: spec.ports, ...ready };
}

/** How the services look to each other, where their addresses are chosen before they start. */
function knownLinks(services: readonly PreparedService[], lookup: Lookup): LinkedService[] | undefined {
  const known = services.flatMap((service) =>
    service.address === undefined ? [] : [asLinked(service, service.address, lookup)],
  );
  return known.length === services.length ? known : undefined;
}

async function startAll(
  services: readonly PreparedService[],
  { startOne, lookup }: ServicesOptions & { readonly startOne: StartOne },
): Promise<StartedService[]> {
  const all = knownLinks(services, lookup);
  const started: StartedService[] = [];
  if (all === undefined) {
    for (const service of services) {
      started.push(
        await startOne(
          service,
          started.map(({ link }) => link),
        ),
      );
    }
    return started;
  }
  const starting = services.map((service, i) => startOne(service, all.slice(0, i)));
  for (const outcome of await Promise.allSettled(starting)) {
    if (outcome.status === 'rejected') throw outcome.reason;
    started.push(outcome.value);
  }
  return started;
}

const TAIL_LINES = 1000;

/** Prints what a service said at the moment in which it fails, since nothing else would tell. */
async function tellExit(context: RunContext, { id, name, exited }: WaitedService): Promise<void> {
  try {
    const exitCode = await exited;
    if (exitCode === 0) return;
    const log = await context.engine.readLogs(id, { tailLines: TAIL_LINES });
    context.notice('warning', `The service "${name}" ended with exit code ${exitCode}; it printed:`);
    await context.output(log);
  } catch {
    // The watch ends with the run; an engine that is gone is told by whatever waits for the box.
  }
}
