import type { BuildBackend, BuildOutcome, BuildProgress, BuildWork } from '../backend.ts';
import { BuildError, ServerStopping } from '../error.ts';
import { type BuildWatches, openBuildWatches } from './build-watch.ts';
import { checkBackend } from './check.ts';
import { findAccess, KubernetesApi, KubernetesError } from './client/index.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { findDestination } from './destination.ts';
import { ensureBuildkitd } from './ensure-buildkitd.ts';
import { followBuild } from './follow.ts';
import { deleteJob, ensureJob, type JobLife, removeJob } from './job-life.ts';
import { removeLeftovers } from './leftovers.ts';
import { checkContext } from './objects/context.ts';
import { type KubernetesSettings, type ResolvedSettings, resolveSettings } from './settings.ts';
import { findSourceDigest } from './source-digest.ts';

/**
 * Builds images in a cluster: each in a Job of its own, with a rootless BuildKit in an unprivileged pod. Nothing is asked of
 * the cluster before it is used. `KubernetesError` `INVALID_CONFIG` where no cluster is known.
 */
export async function openKubernetesBackend(settings: KubernetesSettings): Promise<BuildBackend> {
  const resolved = resolveSettings(settings);
  const { kubeconfig, context, environment, now, namespace } = resolved;
  const api = new KubernetesApi(await findAccess({ kubeconfig, context, environment, now }));
  const backend: Backend = {
    cluster: createCluster(api, namespace),
    settings: resolved,
    watches: openBuildWatches(api, resolved),
  };
  return {
    name: 'kubernetes',
    goesOnAlone: true,
    destination: async (userEnvironment, user) =>
      await explained(findDestination(backend.cluster, resolved, { environment: userEnvironment, user })),
    sourceDigest: async (source, { destination, signal }) =>
      await explained(findSourceDigest(backend.cluster, resolved, { source, destination, signal })),
    build: async (work, progress, signal) => await build(backend, work, progress, signal),
    removeLeftovers: async (goingOn) => await explained(removeLeftovers(backend.cluster, resolved, goingOn)),
    check: async () => await checkBackend(backend.cluster, resolved),
    async [Symbol.asyncDispose]() {
      await backend.watches[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

interface Backend {
  readonly cluster: Cluster;
  readonly settings: ResolvedSettings;
  readonly watches: BuildWatches;
}

async function build(
  { cluster, settings, watches }: Backend,
  work: BuildWork,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  signal.throwIfAborted();
  checkContext(work, settings);
  progress.phase('prepare');
  using view = watches.view(work.id, work.jobName);
  const life: JobLife = { cluster, settings, work, view };
  try {
    await ensureBuildkitd(cluster, settings, signal);
    await ensureJob(life, signal);
    const startLimitMs = settings.startLimitSeconds * 1000;
    const outcome = await followBuild({ cluster, work, view, progress, startLimitMs, signal });
    await deleteJob(life); // what is left has ended, and goes with it
    return outcome;
  } catch (cause) {
    // The Job goes on; the server that takes the build next takes it over.
    if (signal.reason instanceof ServerStopping) throw signal.reason;
    await removeJob(life).catch(() => {}); // `removeLeftovers` does it later
    signal.throwIfAborted();
    throw asBuildError(cause);
  }
}

/** What went wrong with the cluster, as why the build failed. */
const explained = async <T>(promise: Promise<T>): Promise<T> =>
  await promise.catch((cause: unknown) => {
    throw asBuildError(cause);
  });

function asBuildError(cause: unknown): unknown {
  if (!(cause instanceof KubernetesError)) return cause;
  return new BuildError('backend-failed', cause.message, { cause });
}
