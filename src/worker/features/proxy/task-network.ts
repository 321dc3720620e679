import { randomInt } from 'node:crypto';
import { BlockList } from 'node:net';
import { EngineError } from '../../../engine/index.ts';
import { chooseSubnet } from '../../../runner/index.ts';
import type { TaskContext } from '../../task/task-context.ts';

/** A network for one run's container. */
export interface TaskNetwork {
  readonly name: string;
  /** The worker's own address on it. */
  readonly gateway: string;
  /** The addresses of containers on it. */
  readonly containers: BlockList;
  remove(): Promise<void>;
}

const PIECES = 4096; // of the pool that `chooseSubnet` takes from
const TRIES = 5;

/**
 * Makes a network for one run alone. On a network that tasks share, one could take the address of another: containers may
 * send what they like. Here an address says which run it is.
 */
export async function openTaskNetwork(task: TaskContext): Promise<TaskNetwork> {
  const { engine, taskId, runId } = task;
  const name = `slipway-task-${taskId}-${runId}`;
  const subnet = await create(task, name);
  const [base = '', bits = ''] = subnet.split('/');
  const gateway = (await engine.inspectNetwork(name))?.gateway ?? base.replace(/\d+$/, '1'); // the engine's rule
  const containers = new BlockList();
  containers.addSubnet(base, Number(bits));
  return { name, gateway, containers, remove: () => engine.removeNetwork(name, { detach: true }) };
}

async function create({ engine, labels }: TaskContext, name: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const taken = (await engine.listNetworks()).flatMap(({ subnets }) => subnets);
    const subnet = chooseSubnet(taken, randomInt(PIECES));
    if (subnet === undefined)
      throw new EngineError('CONFLICT', 'no free address range is left for a network');
    try {
      await engine.createNetwork({ name, labels, subnet });
      return subnet;
    } catch (error) {
      // Another network took the range meanwhile.
      const isTaken = error instanceof EngineError && error.code === 'CONFLICT';
      if (!isTaken || tries === TRIES) throw error;
    }
  }
}
