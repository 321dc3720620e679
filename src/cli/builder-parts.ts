import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { openCouchUsers, openUserFile, type WhiskUsers } from '../auth/index.ts';
import {
  type BuildBackend,
  type Catalog,
  isReachPattern,
  openDockerBackend,
  openKubernetesBackend,
  openSigningKeys,
  readCatalog,
  readPodSettings,
  type SigningKeys,
} from '../builder/index.ts';
import { type BuilderSettings, dockerConfigFile } from './builder-settings.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { UsageError } from './exit-code.ts';
import { onFiles } from './file-error.ts';
import { openEngineFor } from './open-engine.ts';

/** Users of a file, or of a CouchDB; `undefined`: none are configured. Throws `CommandError`, `AccessFileError`. */
export async function openUsers(
  { usersFile, couch }: BuilderSettings,
  { opened, onError }: { readonly opened: AsyncDisposableStack; readonly onError: (error: unknown) => void },
): Promise<WhiskUsers | undefined> {
  if (usersFile !== undefined) return await openUserFile(usersFile, { onError });
  if (couch === undefined) return undefined;
  const { caFile, ...location } = couch;
  const ca = await readPem(caFile, 'the certificates that CouchDB is trusted by');
  return opened.use(await openCouchUsers({ ...location, ...(ca !== undefined && { ca }) }));
}

/** Certificates. Throws `CommandError`. */
export async function readPem(file: string | undefined, what: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await onFiles(`read ${what} ${file}`, () => readFile(file, 'utf8'));
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CommandError(`${file} has no certificate in it: expected PEM`);
}

/** What signs statements about images: the operator's keys, or else the one that servers derive. Throws `CommandError`. */
export async function readSigningKeys(file: string | undefined, derived: KeyObject): Promise<SigningKeys> {
  if (file === undefined) return openSigningKeys(derived);
  const pem = await onFiles(`read the keys of statements ${file}`, () => readFile(file, 'utf8'));
  try {
    return openSigningKeys(derived, pem);
  } catch (cause) {
    throw new CommandError(
      `${file} has no keys that statements can be signed with: ${(cause as Error).message}`,
      '`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one.',
    );
  }
}

/** What `ensure` takes from. Throws `CommandError`. */
export async function openCatalog({ catalogFile, catalogText }: BuilderSettings): Promise<Catalog> {
  const text =
    catalogText ??
    (catalogFile === undefined
      ? '{}'
      : await onFiles(`read the catalogue ${catalogFile}`, () => readFile(catalogFile, 'utf8')));
  try {
    return await readCatalog(text);
  } catch (cause) {
    const where = catalogText === undefined ? catalogFile : 'BUILDER_CATALOG_JSON';
    throw new CommandError(`the catalogue ${where} cannot be used: ${(cause as Error).message}`);
  }
}

/** What builds; nothing is asked of it yet. Throws `CommandError`. */
export async function openBackend(
  {
    backend,
    registry,
    secretsFolder,
    network,
    reach,
    namespace,
    cache,
    buildkitImage,
    podFile,
    keep,
  }: BuilderSettings,
  {
    context,
    opened,
    tenantKey,
  }: {
    readonly context: CommandContext;
    readonly opened: AsyncDisposableStack;
    readonly tenantKey: Uint8Array;
  },
  ca: string | undefined,
): Promise<BuildBackend> {
  const { credentials, ...hosts } = registry;
  if (backend === 'kubernetes' && network !== 'proxy') {
    const { environment } = context;
    const trusted = ca === undefined ? {} : { ca };
    return await openKubernetesBackend({
      ...(await podSettings(podFile)),
      ...hosts,
      ...trusted,
      plainHttpHosts: ['nuvolaris-registry-svc:5000', ...hosts.plainHttpHosts],
      namespace,
      cache,
      network,
      image: buildkitImage,
      environment,
    });
  }
  const odd = reach.find((each) => !isReachPattern(each));
  if (odd !== undefined)
    throw new UsageError(`--build-reach: expected HOST, HOST:PORT or *.HOST, found "${odd}"`);
  return await openDockerBackend({
    engine: opened.use(await openEngineFor(context)),
    tenantKey,
    ...hosts,
    ...(credentials !== undefined && { credentials }),
    dockerConfig: dockerConfigFile(context.environment, homedir()),
    ...(secretsFolder !== undefined && { secretsFolder }),
    network,
    reach,
    keep,
  });
}

async function podSettings(file: string | undefined): ReturnType<typeof readPodSettings> {
  if (file === undefined) return {};
  const text = await onFiles(
    `read the settings for pods of builds, ${file}`,
    async () => await readFile(file, 'utf8'),
  );
  return await readPodSettings(text);
}

/** What nobody may read in a log of a build. */
export const secretsOf = ({ registry: { credentials }, couch }: BuilderSettings): string[] =>
  [credentials?.password, couch?.password].filter((each) => each !== undefined);
