import { z } from 'zod';
import type { Cluster } from './cluster.ts';
import { ownLabels } from './labels.ts';
import { BUILDKITD_CONF, BUILDKITD_KEY, buildkitdOf, buildkitdToml } from './objects/buildkitd.ts';
import { ConfigMap } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';

/** Not `ownLabels`: it belongs to no build, and no clean-up may take it. */
const LABELS = { 'app.kubernetes.io/managed-by': ownLabels('')['app.kubernetes.io/managed-by'] ?? '' };

/** Makes BuildKit's configuration where there is none; one that is there is the operator's and stays. */
export async function ensureBuildkitd(
  cluster: Cluster,
  { plainHttpHosts, namespace }: ResolvedSettings,
  signal?: AbortSignal,
): Promise<void> {
  if ((await cluster.find('ConfigMap', BUILDKITD_CONF, ConfigMap, signal)) !== undefined) return;
  await cluster.create(
    'ConfigMap',
    buildkitdOf(namespace, buildkitdToml(plainHttpHosts), LABELS),
    z.unknown(),
    signal,
  );
}

/** Replaces BuildKit's configuration, of which builds from now on are made; gives whether it was another before. */
export async function updateBuildkitd(
  cluster: Cluster,
  toml: string,
): Promise<'created' | 'changed' | 'same'> {
  const object = buildkitdOf(cluster.namespace, toml, LABELS);
  const there = await cluster.find('ConfigMap', BUILDKITD_CONF, ConfigMap);
  if (there?.data?.[BUILDKITD_KEY] === toml) return 'same';
  const made = there === undefined ? await cluster.create('ConfigMap', object, z.unknown()) : undefined;
  if (made !== undefined) return 'created';
  await cluster.replace('ConfigMap', BUILDKITD_CONF, object);
  return 'changed';
}
