import { createHmac } from 'node:crypto';
import type { BuildContext } from '../backend.ts';
import { BuilderError } from '../error.ts';
import type { Installation, Recipe } from '../service/parts.ts';
import { FORWARDERS } from './forwarders/index.ts';
import { INSTALLERS } from './installers/index.ts';
import { type Kind, kindOf } from './kind.ts';
import {
  CA_FILE,
  CACHE_FOLDER,
  CONTEXT_FOLDER,
  extensionScript,
  REACH_SOCKET,
  SCRIPT_FILE,
} from './script.ts';
import { isSubset } from './subset.ts';

/**
 * Changes whenever the Dockerfile or a script changes what an image gets: images of another version are not the same image,
 * and none is extended by another version's recipe.
 */
export const RECIPE_VERSION = '2';

/** What all builds of a server have in common. */
export interface RecipeSettings {
  /**
   * What names the caches of users, the same in all servers that share an engine or a registry, and known to nobody else: an
   * image that somebody extends may have instructions of its own (ONBUILD), which may mount each cache that they can name.
   */
  readonly tenantKey: Uint8Array;
  /** Certificates in PEM that builds trust beside those of the image; nothing of them stays in the image. */
  readonly caBundle?: string;
  /** Builds have no network but a socket, by which the backend lets them reach something. @defaultValue false */
  readonly isTunnelled?: boolean;
}

/** The recipes of all kinds, as the builder's service wants them. */
export const createRecipe = (settings: RecipeSettings): Recipe => ({
  version: RECIPE_VERSION,
  writeContext: (installation) => writeContext(installation, settings),
  isSubset,
});

/**
 * Writes Dockerfile and files of one build; the same installation gives the same bytes. Nothing of it reaches a shell: the
 * Dockerfile names the source and nothing else of it, and the rest are files. `INVALID` for a source that is no reference.
 */
export function writeContext(
  installation: Installation,
  { caBundle, isTunnelled = false, tenantKey }: RecipeSettings,
): BuildContext {
  const { file, source } = installation;
  const from = `FROM ${checkedSource(source)}\n`;
  if (file === undefined) return { dockerfile: from, files: {} };
  const kind = installation.kind && kindOf(installation.kind);
  if (kind === undefined) throw new BuilderError('INVALID', 'A build with a requirement file needs a kind.');
  const files: Record<string, string> = {
    [kind.requirementFile]: file,
    [SCRIPT_FILE]: extensionScript(kind),
    ...INSTALLERS[kind.name].files?.(file),
    ...(isTunnelled && FORWARDERS),
  };
  if (caBundle !== undefined) files[CA_FILE] = caBundle;
  const owner = cacheOwner(tenantKey, kind, installation);
  return { dockerfile: `${from}\n${extension(kind, owner, isTunnelled)}`, files };
}

// The Dockerfile's own grammar is the only thing that reads it: blanks, `$`, quotes and a leading `-` mean something there.
const REFERENCE = /^[a-z0-9][a-z0-9._:@/-]{0,511}$/i;

function checkedSource(source: string): string {
  if (REFERENCE.test(source)) return source;
  throw new BuilderError(
    'INVALID',
    `The source ${JSON.stringify(source.slice(0, 80))} is not the name of an image.`,
  );
}

/** Stands for a user in the names of caches. Who knows the user, and their own caches' names, cannot tell it. */
const cacheOwner = (tenantKey: Uint8Array, { name }: Kind, { user }: Installation): string =>
  createHmac('sha256', tenantKey)
    .update(JSON.stringify([name, user]))
    .digest('hex')
    .slice(0, 32);

/**
 * The file is copied and not mounted, since extension commands of images expect to be able to remove it. Script, certificates
 * and cache are mounted below `/dev`, which is made anew for each container: no mount point stays behind in the layer. An
 * array after RUN, so that no shell that the image chose (SHELL) stands between.
 */
function extension({ name, requirementFile }: Kind, owner: string, isTunnelled: boolean): string {
  const cache = `type=cache,id=slipway-${name}-${owner},sharing=${SHARING[name] ?? 'shared'},target=${CACHE_FOLDER}`;
  const tunnel = isTunnelled ? ` --mount=type=ssh,required=true,target=${REACH_SOCKET}` : '';
  return [
    `COPY ${requirementFile} /tmp/${requirementFile}`,
    'USER root',
    `RUN --mount=type=bind,target=${CONTEXT_FOLDER} --mount=${cache}${tunnel} ["/bin/sh", "${CONTEXT_FOLDER}/${SCRIPT_FILE}"]`,
    'USER nobody',
    '',
  ].join('\n');
}

/** Maven and Bundler do not expect somebody else in their folders: builds of one user with them take turns in these. */
const SHARING: Readonly<Record<string, 'locked'>> = { java: 'locked', ruby: 'locked' };
