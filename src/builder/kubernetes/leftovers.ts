import type { Cluster } from './cluster.ts';
import { LABEL, ownLabels, selectorOf } from './labels.ts';
import type { Job } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';

/** Another server may have begun a build since the ids were read. */
const YOUNG_MS = 60_000;

/** Removes the Jobs of builds that do not go on; ConfigMap, Secret and pod belong to them and go too. */
export async function removeLeftovers(
  cluster: Cluster,
  { instance, now }: ResolvedSettings,
  goingOn: ReadonlySet<string>,
): Promise<number> {
  const jobs = await cluster.jobs(selectorOf(ownLabels(instance)));
  const left = jobs.filter((job) => isLeft(job, goingOn) && now() - createdAt(job) >= YOUNG_MS);
  await Promise.all(left.map(async ({ metadata }) => await cluster.remove('Job', metadata.name)));
  return left.length;
}

function isLeft({ metadata }: Job, goingOn: ReadonlySet<string>): boolean {
  const id = metadata.labels?.[LABEL.build];
  return !metadata.deletionTimestamp && (id === undefined || !goingOn.has(id));
}

const createdAt = ({ metadata }: Job): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
