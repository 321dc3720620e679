import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type AttestBuild, attestImage, openLayerMemory } from '../builder/index.ts';
import type { CommandContext } from './command.ts';
import { dataFolder } from './data-folder.ts';
import { versionText } from './version.ts';

/** Who builds, where a server does not know under which address others reach it. */
const NAMELESS = 'https://slipway.build/unnamed-builder';

/** What attests the images of a server; `rootUrl` is where others reach it, and `signer` the key that vouches for it. */
export function openAttestation(
  { environment, currentFolder }: CommandContext,
  { rootUrl, signer }: { readonly rootUrl: string | undefined; readonly signer: KeyObject },
): AttestBuild {
  const layers = openLayerMemory(join(dataFolder(environment, currentFolder), 'image-layers'));
  const builderId = rootUrl === undefined ? NAMELESS : new URL('/system/api/v1/build', rootUrl).href;
  const builderVersions = { slipway: versionText() };
  return async (options) => await attestImage({ ...options, builderId, builderVersions, layers, signer });
}
