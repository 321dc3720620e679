import { formatImageName } from '../../../registry/index.ts';
import type { BuildWork } from '../../backend.ts';
import type { ResolvedSettings } from '../settings.ts';
import { METADATA_FILE } from './script.ts';

/** Where the context's files are in the builder's container. */
export const WORKSPACE = '/workspace';

/** The words of `buildctl`: one array, no shell. */
export function buildArguments(work: BuildWork, settings: ResolvedSettings): readonly string[] {
  const labels = Object.entries(work.labels).flatMap(([name, value]) => ['--opt', `label:${name}=${value}`]);
  return [
    'build',
    '--progress=plain',
    '--frontend=dockerfile.v0',
    `--local=context=${WORKSPACE}`,
    `--local=dockerfile=${WORKSPACE}`,
    ...labels,
    ...(work.noCache ? ['--no-cache'] : []),
    ...(settings.network === 'none' ? ['--opt', 'force-network-mode=none'] : []),
    `--output=${output(work)}`,
    ...cacheArguments(work, settings),
    `--metadata-file=${METADATA_FILE}`,
  ];
}

/** A line of CSV; no part of a checked image name has a comma or a quote. */
function output({ destination, target }: BuildWork): string {
  const name = formatImageName({ registry: destination.pushHost, path: target.repository, tag: target.tag });
  const insecure = destination.isPlainHttp ? ',registry.insecure=true' : '';
  return `type=image,name=${name},push=true,oci-mediatypes=false${insecure}`;
}

/** Layers of earlier builds, in the user's own part of the registry and apart by kind. A cache that cannot be had is no error. */
function cacheArguments(
  { destination, target, kind }: BuildWork,
  { cache }: ResolvedSettings,
): readonly string[] {
  if (cache === 'none' || kind === undefined) return [];
  const insecure = destination.isPlainHttp ? ',registry.insecure=true' : '';
  const where = `type=registry,ref=${destination.pushHost}/${target.repository}/slipway-cache:${kind}${insecure}`;
  return [
    `--import-cache=${where}`,
    `--export-cache=${where},mode=max,image-manifest=true,ignore-error=true`,
  ];
}
