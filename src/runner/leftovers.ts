import { type Engine, EngineError } from '../engine/index.ts';
import { isGone } from '../kernel/index.ts';
import { type ImageBuilder, imageBuilder, isRole, LABEL, ownerOf } from './labels.ts';

export interface Leftovers {
  readonly containers: number;
  readonly networks: number;
  readonly images: number;
  /** Containers left alone because they were kept on purpose. */
  readonly kept: number;
}

export interface LeftoverOptions {
  /** Also those whose maker lives, is unknown, or kept them on purpose. @defaultValue false */
  readonly all?: boolean;
}

type Labels = Readonly<Record<string, string>>;

function isLeftover(labels: Labels, all: boolean): boolean {
  // A person's own container that runs from an image of ours.
  if (isRole(labels, 'image')) return false;
  if (all) return true;
  const owner = ownerOf(labels);
  return owner !== undefined && labels[LABEL.kept] === undefined && isGone(owner);
}

/** Whether it could be removed: it stays where somebody else's container uses it. */
async function freed(removing: Promise<void>): Promise<boolean> {
  try {
    await removing;
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

/**
 * Removes the containers (with their volumes), networks and images of runs whose process is gone. Safe to repeat and to run
 * beside other runs: what belongs to a living process, or to another host, is left alone.
 */
export async function removeLeftovers(engine: Engine, options: LeftoverOptions = {}): Promise<Leftovers> {
  const all = options.all ?? false;
  const containers = await engine.listContainers({ label: LABEL.run });
  const dead = containers.filter(({ labels }) => isLeftover(labels, all));
  await Promise.all(dead.map(({ id }) => engine.removeContainer(id)));
  const networks = await engine.listNetworks({ label: LABEL.run });
  const unused = networks.filter(({ labels }) => isLeftover(labels, all));
  const removed = await Promise.all(unused.map(({ id }) => freed(engine.removeNetwork(id))));
  const images = await removeImages(engine, all);
  const kept = containers.filter(
    (container) => container.labels[LABEL.kept] !== undefined && !dead.includes(container),
  );
  return { containers: dead.length, networks: removed.filter(Boolean).length, images, kept: kept.length };
}

/** Takes away the names that images have only for their run; those that a person gave them stay. */
async function removeImages(engine: Engine, all: boolean): Promise<number> {
  const images = await engine.listImages({ label: LABEL.builtBy });
  const names = images.flatMap(({ references, labels }) => {
    const builder = imageBuilder(labels);
    if (builder === undefined || !(all || isDead(builder))) return [];
    return references.filter((name) => name.startsWith(builder.runId.toLowerCase())); // as `runImageName` gives it
  });
  const removed = await Promise.all(names.map((name) => freed(engine.removeImage(name))));
  return removed.filter(Boolean).length;
}

const isDead = ({ owner }: ImageBuilder): boolean => owner !== undefined && isGone(owner);
