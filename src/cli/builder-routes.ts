import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { FastifyPluginAsync } from 'fastify';
import {
  createAuthenticator,
  openCouchUsers,
  openServerKeys,
  openUserFile,
  type WhiskUsers,
} from '../auth/index.ts';
import {
  type BuildBackend,
  type Catalog,
  createRecipe,
  openBuilder,
  openBuilderRoutes,
  openDockerBackend,
  openKubernetesBackend,
  readCatalog,
  readPodSettings,
} from '../builder/index.ts';
import { openRegistryClient } from '../registry/index.ts';
import {
  createBuilderMetrics,
  type HealthCheck,
  type ServerLogger,
  type ServerMetrics,
} from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { openAttestation } from './build-attestation.ts';
import { type BuilderSettings, dockerConfigFile } from './builder-settings.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { onFiles } from './file-error.ts';
import { openEngineFor } from './open-engine.ts';
import type { ServerSettings } from './queue-settings.ts';
import type { Announcement } from './serve-until-stopped.ts';
import type { ServerParts } from './server-parts.ts';
import { versionText } from './version.ts';

export interface BuilderRoutesParts extends ServerParts {
  readonly context: CommandContext;
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly server: ServerSettings;
  /** Where records of runs are. */
  readonly runs: ObjectStore;
}

export interface OpenedBuilderRoutes {
  readonly routes: readonly FastifyPluginAsync[];
  readonly checks: readonly HealthCheck[];
  /** What is said of it in the log. */
  readonly facts: Announcement;
}

/** Opens the image builder of a server. Throws `CommandError`, `DatabaseError`, `AccessFileError`. */
export async function openBuilderOf(
  settings: BuilderSettings,
  parts: BuilderRoutesParts,
): Promise<OpenedBuilderRoutes> {
  const { context, opened, logger, metrics, stopping, server, findClient, database, logs, runs } = parts;
  const onError = (err: unknown): void => logger.error({ err }, 'trouble beside the requests of the builder');
  const users = await openUsers(settings, { opened, onError });
  const catalog = await openCatalog(settings);
  const ca = await readPem(settings.caFile, 'the certificates that builds trust');
  const { events, watch } = createBuilderMetrics(metrics.registry);
  const backend = await openBackend(settings, parts, ca);
  const builder = opened.use(
    await openBuilder({
      database,
      logs,
      backend,
      recipe: createRecipe(ca === undefined ? {} : { caBundle: ca }),
      registryClientFor: ({ pushHost, isPlainHttp, credentials }) =>
        openRegistryClient({ host: pushHost, isPlainHttp, credentials, ca }),
      attest: openAttestation(context, server.rootUrl),
      runs,
      secrets: secretsOf(settings),
      // Nothing can be built before somebody has said where images go: the engine is left alone.
      slots: settings.isConfigured ? settings.slots : 0,
      timeLimitMs: settings.timeLimitMs,
      idleLimitMs: settings.idleLimitMs,
      events,
      onError,
    }),
  );
  watch(builder);
  const { access, isLoopback, rootUrl, trustProxy } = server;
  const named = rootUrl === undefined ? {} : { rootUrl };
  const keys = await openServerKeys(database);
  const routes = await openBuilderRoutes({
    builder,
    catalog,
    rules: {
      allowedSources: settings.allowedSources,
      maxFileBytes:
        MAX_FILE_BYTES[settings.backend] - (settings.backend === 'kubernetes' ? byteLength(ca) : 0),
    },
    strictUserCheck: settings.strictUserCheck,
    meter: metrics.downloads,
    stopping,
    ...(users !== undefined && { users }),
    access,
    addresses: { isLoopback, ...named },
    authenticate: createAuthenticator({
      clients: findClient,
      issuerKey: keys.issuer,
      mode: access,
      trustProxy,
      ...named,
    }),
    version: versionText(),
  });
  warn(settings, { users, server, logger });
  return {
    routes: [routes],
    // Who has not asked for builds wants to hear nothing of an engine that is not there.
    checks: settings.isConfigured
      ? [
          { name: 'image-builder', isWell: async () => (await builder.check()).isWell },
          ...(users === undefined ? [] : [{ name: 'users', isWell: () => users.isWell() }]),
        ]
      : [],
    facts: {
      builder: settings.backend,
      ...(users !== undefined && { users: users.name }),
      ...(settings.registry.registryHost !== undefined && { registry: settings.registry.registryHost }),
    },
  };
}

/**
 * What a requirement file may have: the original's own limit, and what is left of a ConfigMap beside Dockerfile and script, which
 * have some 8 KiB.
 */
const MAX_FILE_BYTES = { docker: 5_000_000, kubernetes: 1024 * 1024 - 32 * 1024 } as const;

const byteLength = (text: string | undefined): number => (text === undefined ? 0 : Buffer.byteLength(text));

async function openUsers(
  { usersFile, couch }: BuilderSettings,
  { opened, onError }: { readonly opened: AsyncDisposableStack; readonly onError: (error: unknown) => void },
): Promise<WhiskUsers | undefined> {
  if (usersFile !== undefined) return await openUserFile(usersFile, { onError });
  if (couch === undefined) return undefined;
  const { caFile, ...location } = couch;
  const ca = await readPem(caFile, 'the certificates that CouchDB is trusted by');
  return opened.use(await openCouchUsers({ ...location, ...(ca !== undefined && { ca }) }));
}

async function readPem(file: string | undefined, what: string): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await onFiles(`read ${what} ${file}`, () => readFile(file, 'utf8'));
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CommandError(`${file} has no certificate in it: expected PEM`);
}

async function openCatalog({ catalogFile, catalogText }: BuilderSettings): Promise<Catalog> {
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

async function openBackend(
  { backend, registry, secretsFolder, network, namespace, cache, buildkitImage, podFile }: BuilderSettings,
  { context, opened }: BuilderRoutesParts,
  ca: string | undefined,
): Promise<BuildBackend> {
  const { credentials, ...hosts } = registry;
  if (backend === 'kubernetes') {
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
  return await openDockerBackend({
    engine: opened.use(await openEngineFor(context)),
    ...hosts,
    ...(credentials !== undefined && { credentials }),
    dockerConfig: dockerConfigFile(context.environment, homedir()),
    ...(secretsFolder !== undefined && { secretsFolder }),
    network,
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
const secretsOf = ({ registry: { credentials }, couch }: BuilderSettings): string[] =>
  [credentials?.password, couch?.password].filter((each) => each !== undefined);

interface Warned {
  readonly users: WhiskUsers | undefined;
  readonly server: ServerSettings;
  readonly logger: ServerLogger;
}

function warn({ isConfigured }: BuilderSettings, { users, server, logger }: Warned): void {
  if (!isConfigured || users !== undefined) return;
  if (server.access === 'closed') {
    logger.warn('nobody has a token to build images with: --build-users or --couchdb-url says who may');
  } else if (!server.isLoopback) {
    logger.warn('the image builder is open: whoever reaches this server may build as any user');
  }
}
