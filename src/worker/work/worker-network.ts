import { randomBytes } from 'node:crypto';
import type { Engine } from '../../engine/index.ts';
import type { Owner } from '../../kernel/index.ts';
import { workerLabels } from '../labels.ts';
import type { TaskContext } from '../task/task-context.ts';

/** Containers of different tasks do not see each other. */
const OPTIONS = { 'com.docker.network.bridge.enable_icc': 'false' };

/** The network of a worker's containers; disposing of it removes it. */
export type WorkerNetwork = TaskContext['network'] &
  AsyncDisposable & {
    /** Makes it again where somebody removed it: `docker network prune` does while no task runs. */
    ensure(): Promise<void>;
  };

export async function openWorkerNetwork(
  engine: Engine,
  workerId: string,
  owner: Owner,
): Promise<WorkerNetwork> {
  const name = `slipway-worker-${randomBytes(6).toString('hex')}`;
  const spec = { name, labels: workerLabels(workerId, owner), options: OPTIONS };
  await engine.createNetwork(spec);
  let gateway = await gatewayOf(engine, name);
  return {
    name,
    get gateway() {
      return gateway;
    },
    async ensure() {
      if ((await engine.inspectNetwork(name)) !== undefined) return;
      await engine.createNetwork(spec);
      gateway = await gatewayOf(engine, name);
    },
    [Symbol.asyncDispose]: () => engine.removeNetwork(name, { detach: true }),
  };
}

async function gatewayOf(engine: Engine, name: string): Promise<string> {
  const gateway = (await engine.inspectNetwork(name))?.gateway;
  if (gateway === undefined)
    throw new Error(
      `the engine names no address of its own on the network ${name}: tasks could not reach the worker`,
    );
  return gateway;
}
