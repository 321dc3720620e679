import { findAccess, KubernetesApi } from './client/index.ts';
import { type Cluster, createCluster, hasEnded } from './cluster.ts';
import { updateBuildkitd } from './ensure-buildkitd.ts';
import { ANNOTATION, LABEL, ownLabels, selectorOf } from './labels.ts';
import { buildkitdToml } from './objects/buildkitd.ts';
import type { Job } from './schema.ts';
import { type KubernetesSettings, resolveSettings } from './settings.ts';

/** Which cluster and namespace an operator looks after. */
export type MaintenanceSettings = Pick<
  KubernetesSettings,
  'kubeconfig' | 'context' | 'namespace' | 'environment'
>;

/** A Job of a build that was removed, or that goes on. */
export interface CleanedJob {
  readonly jobName: string;
  readonly state: 'running' | 'succeeded' | 'failed';
  readonly buildId?: string;
  readonly user?: string;
  /** `user:image-tag` */
  readonly target?: string;
}

export interface CleanedJobs {
  readonly namespace: string;
  readonly removed: readonly CleanedJob[];
  /** Left alone. */
  readonly goingOn: readonly CleanedJob[];
}

/**
 * Removes the Jobs of builds that have ended, well or not, of all users and of every installation in the namespace, with what
 * belongs to them; `all`: also those that go on, whose builds then fail. Only what has Slipway's labels. May be repeated.
 * Throws `KubernetesError`.
 */
export async function cleanJobs(settings: MaintenanceSettings, all: boolean): Promise<CleanedJobs> {
  return await inCluster(settings, async (cluster) => {
    const { [LABEL.instance]: _, ...labels } = ownLabels('');
    const jobs = (await cluster.jobs(selectorOf(labels))).filter(
      ({ metadata }) => !metadata.deletionTimestamp,
    );
    const leaving = all ? jobs : jobs.filter(hasEnded);
    await Promise.all(leaving.map(async ({ metadata }) => await cluster.remove('Job', metadata.name)));
    const staying = jobs.filter((job) => !leaving.includes(job));
    return { namespace: cluster.namespace, removed: leaving.map(shown), goingOn: staying.map(shown) };
  });
}

/** Replaces the cluster's `buildkitd.toml`; absent: with Slipway's own. Builds that go on keep theirs. Throws `KubernetesError`. */
export async function replaceBuildkitd(
  settings: MaintenanceSettings,
  toml: string | undefined,
): Promise<'created' | 'changed' | 'same'> {
  const { plainHttpHosts } = resolveSettings(settings);
  return await inCluster(settings, (cluster) =>
    updateBuildkitd(cluster, toml ?? buildkitdToml(plainHttpHosts)),
  );
}

async function inCluster<T>(
  settings: MaintenanceSettings,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const { kubeconfig, context, environment, now, namespace } = resolveSettings(settings);
  await using api = new KubernetesApi(await findAccess({ kubeconfig, context, environment, now }));
  return await use(createCluster(api, namespace));
}

function shown(job: Job): CleanedJob {
  const { name, labels, annotations } = job.metadata;
  const [buildId, user, target] = [
    labels?.[LABEL.build],
    annotations?.[ANNOTATION.user],
    annotations?.[ANNOTATION.target],
  ];
  return {
    jobName: name,
    state: stateOf(job),
    ...(buildId === undefined ? {} : { buildId }),
    ...(user === undefined ? {} : { user }),
    ...(target === undefined ? {} : { target }),
  };
}

function stateOf(job: Job): CleanedJob['state'] {
  if (!hasEnded(job)) return 'running';
  return job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True')
    ? 'succeeded'
    : 'failed';
}
