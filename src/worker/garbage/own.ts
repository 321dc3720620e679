import type { Engine } from '../../engine/index.ts';
import { currentOwner } from '../../kernel/index.ts';
import { WORKER_LABEL } from '../labels.ts';

/**
 * Removes all that this process has on the engine: containers and networks of its tasks, of pipelines too. For one that has to
 * go without waiting for its tasks' own ends.
 */
export async function removeOwn(engine: Engine): Promise<void> {
  const owner = currentOwner();
  const isOwn = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean =>
    labels[WORKER_LABEL.host] === owner.host;
  const filter = { label: `${WORKER_LABEL.owner}=${owner.process}` };
  const containers = (await engine.listContainers(filter)).filter(isOwn);
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)));
  const networks = (await engine.listNetworks(filter)).filter(isOwn);
  await Promise.all(networks.map(({ id }) => engine.removeNetwork(id, { detach: true })));
}
