import { randomInt } from 'node:crypto';
import { EngineError } from '../engine/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { labelsOf } from './labels.ts';
import { addressIn, chooseSubnet, overlapsAny } from './subnet.ts';

/** Another network got the addresses that a run chose, in the moment before it made its own: it can choose again. */
export class AddressesTakenError extends Error {
  /** What the engine said. */
  override readonly cause: EngineError;

  constructor(cause: EngineError) {
    super(cause.message);
    this.name = 'AddressesTakenError';
    this.cause = cause;
  }
}

/** The network of a run, chosen but perhaps not made yet. */
export interface RunNetwork {
  readonly name: string;
  /** The address for the `index`th service; `undefined` where the engine chooses. */
  readonly addressOf: (index: number) => string | undefined;
  /** Makes it, where it is the run's own. Who asks again waits for the same. */
  readonly open: () => Promise<void>;
  /** Removes it, where it is the run's own and not to be kept. */
  readonly close: () => Promise<void>;
}

/** What the run's network is called, before it is there. */
export const networkName = ({ box, runId }: RunContext['request']): string =>
  box.network ?? `w-${runId.slice(-12)}`;

/**
 * The private network of a run, or the existing one that the request names. Where there are services the run chooses
 * their addresses itself: each service's link variables name those before it, and so all of them can start together.
 */
export async function chooseNetwork(context: RunContext, services: number): Promise<RunNetwork> {
  const { request, engine } = context;
  if (request.box.network !== undefined) return await existingNetwork(context, request.box.network);
  const name = networkName(request);
  const subnet = services === 0 ? undefined : await freeSubnet(context);
  let refused = false;
  const open = once(async () => {
    try {
      await createNetwork(context, name, subnet);
    } catch (error) {
      refused = error instanceof AddressesTakenError || isConflict(error);
      throw error;
    }
  });
  const close = async (): Promise<void> => {
    // A name that was taken is another run's network.
    if (request.noRemove || refused) return;
    // What is still in it the engine started itself, for a build that was given up, and is about to end it.
    await engine.removeNetwork(name, { detach: true });
  };
  return {
    name,
    addressOf: (index) => (subnet === undefined ? undefined : addressIn(subnet, index)),
    open,
    close,
  };
}

const isConflict = (error: unknown): error is EngineError =>
  error instanceof EngineError && error.code === 'CONFLICT';

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/**
 * Makes a container beside the network that it will be in: Docker looks for that only when the container starts. An
 * engine that wants it to be there before, as Podman does, is asked again when it is.
 */
export async function besideNetwork(
  { open }: Pick<RunNetwork, 'open'>,
  make: () => Promise<string>,
): Promise<string> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'NOT_FOUND')) throw error;
    await open();
    return await make();
  }
}

async function existingNetwork(context: RunContext, name: string): Promise<RunNetwork> {
  const found = await context.engine.inspectNetwork(name);
  if (found === undefined) {
    throw new RunError({ reason: 'engine', message: `there is no network "${name}" (--docker-network)` });
  }
  const nothing = (): Promise<void> => Promise.resolve();
  return { name: found.name, addressOf: () => undefined, open: nothing, close: nothing };
}

async function createNetwork(context: RunContext, name: string, subnet?: string): Promise<void> {
  const { request, owner } = context;
  const labels = labelsOf({ runId: request.runId, owner, role: 'network', kept: request.noRemove });
  try {
    await context.engine.createNetwork({ name, labels, ...(subnet === undefined ? {} : { subnet }) });
  } catch (error) {
    if (subnet === undefined || !isConflict(error)) throw error;
    throw overlapsAny(subnet, await takenSubnets(context)) ? new AddressesTakenError(error) : error;
  }
}

async function takenSubnets({ engine }: RunContext): Promise<string[]> {
  return (await engine.listNetworks()).flatMap(({ subnets }) => subnets);
}

const PIECES = 4096; // of the pool that `chooseSubnet` takes from

async function freeSubnet(context: RunContext): Promise<string> {
  const subnet = chooseSubnet(
    await takenSubnets(context),
    randomInt(PIECES), // two runs that look at the same moment are unlikely to begin at the same piece
  );
  if (subnet === undefined) throw new EngineError('CONFLICT', 'no free address range is left for a network');
  return subnet;
}
