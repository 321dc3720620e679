import { type Engine, EngineError } from '../engine/index.ts';
import { LABEL, ownerOf } from './labels.ts';
import { isGone } from './owner.ts';

export interface Leftovers {
  readonly containers: number;
  readonly networks: number;
  /** Containers left alone because they were kept on purpose. */
  readonly kept: number;
}

export interface LeftoverOptions {
  /** Also those whose maker lives, is unknown, or kept them on purpose. @defaultValue false */
  readonly all?: boolean;
}

type Labels = Readonly<Record<string, string>>;

function isLeftover(labels: Labels, all: boolean): boolean {
  if (all) return true;
  const owner = ownerOf(labels);
  return owner !== undefined && labels[LABEL.kept] === undefined && isGone(owner);
}

async function removeNetwork(engine: Engine, id: string): Promise<boolean> {
  try {
    await engine.removeNetwork(id);
    return true;
  } catch (error) {
    // Somebody else attached a container of theirs: it stays, and so does the network.
    if (error instanceof EngineError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

/**
 * Removes the containers (with their volumes) and networks of runs whose process is gone. Safe to repeat and to run
 * beside other runs: what belongs to a living process, or to another host, is left alone.
 */
export async function removeLeftovers(engine: Engine, options: LeftoverOptions = {}): Promise<Leftovers> {
  const all = options.all ?? false;
  const containers = await engine.listContainers({ label: LABEL.run });
  const dead = containers.filter(({ labels }) => isLeftover(labels, all));
  await Promise.all(dead.map(({ id }) => engine.removeContainer(id)));
  const networks = await engine.listNetworks({ label: LABEL.run });
  const unused = networks.filter(({ labels }) => isLeftover(labels, all));
  const removed = await Promise.all(unused.map(({ id }) => removeNetwork(engine, id)));
  const kept = containers.filter(
    (container) => container.labels[LABEL.kept] !== undefined && !dead.includes(container),
  );
  return { containers: dead.length, networks: removed.filter(Boolean).length, kept: kept.length };
}
