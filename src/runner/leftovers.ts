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
  const removed = await removeInTheWay(engine, options);
  return { ...removed, images: await removeImages(engine, options) };
}

/** Of that, what another run could want for itself: the containers and networks, whose names, ports and addresses are taken. */
export async function removeInTheWay(
  engine: Engine,
  { all = false }: LeftoverOptions = {},
): Promise<Omit<Leftovers, 'images'>> {
  const [containers, networks] = await Promise.all([
    engine.listContainers({ label: LABEL.run }),
    engine.listNetworks({ label: LABEL.run }),
  ]);
  const dead = containers.filter(({ labels }) => isLeftover(labels, all));
  await allDone(dead.map(({ id }) => engine.removeContainer(id)));
  const unused = networks.filter(({ labels }) => isLeftover(labels, all));
  const removed = await allDone(unused.map(({ id }) => freed(engine.removeNetwork(id))));
  const kept = containers.filter(
    (container) => container.labels[LABEL.kept] !== undefined && !dead.includes(container),
  );
  return { containers: dead.length, networks: removed.filter(Boolean).length, kept: kept.length };
}

/** Like `Promise.all`, but nothing goes on when it rejects. */
async function allDone<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** Takes away the names that images have only for their dead run; those that a person gave them stay. */
export async function removeImages(engine: Engine, { all = false }: LeftoverOptions = {}): Promise<number> {
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
