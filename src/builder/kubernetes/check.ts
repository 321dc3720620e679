import { z } from 'zod';
import type { BackendCheck } from '../backend.ts';
import { read, wordsOf } from './client/index.ts';
import type { Cluster } from './cluster.ts';
import { LABEL, selectorOf } from './labels.ts';
import type { ResolvedSettings } from './settings.ts';

const Version = z.object({ gitVersion: z.string() });
const LIMIT_MS = 10_000;

/** Whether the API server answers and lets us look at Jobs. */
export async function checkBackend(cluster: Cluster, settings: ResolvedSettings): Promise<BackendCheck> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  try {
    const doing = 'ask for the version of the cluster';
    const answer = cluster.api.call({ method: 'GET', path: '/version', doing, signal });
    const [version] = await Promise.all([
      answer,
      // Of a build that there is not: whether we may look is the question.
      cluster.jobs(selectorOf({ [LABEL.build]: 'none' }), signal),
    ]);
    const { gitVersion } = read(Version, version, doing);
    return { isWell: true, about: `Kubernetes ${gitVersion} (${settings.image} in ${settings.namespace})` };
  } catch (error) {
    const why = signal.aborted ? `no answer in ${LIMIT_MS / 1000} s` : wordsOf(error);
    return { isWell: false, about: `Kubernetes: ${why}` };
  }
}
