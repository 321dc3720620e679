import { randomInt } from 'node:crypto';
import { EngineError } from '../engine/index.ts';
import type { RunContext } from './context.ts';
import { labelsOf } from './labels.ts';
import { addressIn, chooseSubnet } from './subnet.ts';

export interface RunNetwork {
  readonly name: string;
  /** The address for the `index`th service; `undefined` where the engine chooses. */
  readonly addressOf: (index: number) => string | undefined;
  /** Whether it is the run's own, to be removed after it. */
  readonly own: boolean;
}

const ATTEMPTS = 5; // another run may take the same piece between the look and the making

/**
 * The private network of a run, or the existing one that the request names. With two services or more the run chooses
 * the addresses itself: each service's link variables name those before it, and all of them start together.
 */
export async function openNetwork(context: RunContext, services: number): Promise<RunNetwork> {
  const existing = context.request.box.network;
  if (existing !== undefined) return await useNetwork(context, existing);
  const name = `w-${context.request.runId.slice(-12)}`;
  if (services < 2) {
    await createNetwork(context, name);
    return { name, own: true, addressOf: () => undefined };
  }
  const subnet = await createWithSubnet(context, name);
  return { name, own: true, addressOf: (index) => addressIn(subnet, index) };
}

async function useNetwork(context: RunContext, name: string): Promise<RunNetwork> {
  const found = await context.engine.inspectNetwork(name);
  if (found === undefined)
    throw new EngineError('NOT_FOUND', `there is no network "${name}" (--docker-network)`);
  return { name: found.name, own: false, addressOf: () => undefined };
}

async function createNetwork(context: RunContext, name: string, subnet?: string): Promise<void> {
  const { request, owner } = context;
  const labels = labelsOf({ runId: request.runId, owner, role: 'network', kept: request.noRemove });
  await context.engine.createNetwork({ name, labels, ...(subnet === undefined ? {} : { subnet }) });
}

async function createWithSubnet(context: RunContext, name: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const networks = await context.engine.listNetworks();
    const taken = networks.flatMap(({ subnets }) => subnets);
    const subnet = chooseSubnet(taken, randomInt(4096));
    if (subnet === undefined)
      throw new EngineError('CONFLICT', 'no free address range is left for a network');
    try {
      await createNetwork(context, name, subnet);
      return subnet;
    } catch (error) {
      const raced = error instanceof EngineError && error.code === 'CONFLICT' && attempt < ATTEMPTS;
      if (!raced) throw error;
    }
  }
}
