import type { FastifyPluginAsync } from 'fastify';
import { type Authenticate, openServerKeys, type ServerKeys, type WhiskUsers } from '../auth/index.ts';
import {
  type Builder,
  type BuilderOptions,
  createRecipe,
  deriveSigningKey,
  openBuilder,
  openBuilderRoutes,
  type SigningKeys,
} from '../builder/index.ts';
import { openRegistryClient } from '../registry/index.ts';
import {
  createBuilderMetrics,
  type HealthCheck,
  type ServerLogger,
  type ServerMetrics,
} from '../server/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { openAttestation } from './build-attestation.ts';
import { openBackend, openCatalog, openUsers, readPem, readSigningKeys, secretsOf } from './builder-parts.ts';
import type { BuilderSettings } from './builder-settings.ts';
import type { CommandContext } from './command.ts';
import type { ServerSettings } from './queue-settings.ts';
import type { Announcement } from './serve-until-stopped.ts';
import type { ServerParts } from './server-parts.ts';
import { traceBuilds } from './trace-builds.ts';
import { versionText } from './version.ts';

export interface BuilderRoutesParts extends ServerParts {
  /** Tells who calls, as for all of the server. */
  readonly authenticate: Authenticate;
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
  readonly telemetry: Telemetry;
}

export interface OpenedBuilderRoutes {
  readonly builder: Builder;
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
  const { opened, logger, metrics, server } = parts;
  const onError = (err: unknown): void => logger.error({ err }, 'trouble beside the requests of the builder');
  const users = await openUsers(settings, { opened, onError });
  const catalog = await openCatalog(settings);
  const ca = await readPem(settings.caFile, 'the certificates that builds trust');
  const keys = await openServerKeys(parts.database);
  const signing = await readSigningKeys(settings.keyFile, deriveSigningKey(keys.keyFor));
  const { events, watch } = createBuilderMetrics(metrics.registry);
  const builder = opened.use(
    await openBuilder({
      ...(await buildsOf(settings, parts, { ca, keys, signing })),
      events: traceBuilds(events, parts.telemetry),
      onError,
    }),
  );
  watch(builder);
  const routes = await openBuilderRoutes({
    ...accessOf(parts),
    ...(users !== undefined && { users }),
    builder,
    catalog,
    rules: { allowedSources: settings.allowedSources, maxFileBytes: maxFileBytes(settings.backend, ca) },
    strictUserCheck: settings.strictUserCheck,
    signingKeys: signing.published,
    meter: metrics.downloads,
    stopping: parts.stopping,
    version: versionText(),
  });
  warn(settings, { users, server, logger });
  return {
    builder,
    routes: [routes],
    // Who has not asked for builds wants to hear nothing of an engine that is not there.
    checks: settings.isConfigured ? checksOf(builder, users) : [],
    facts: {
      builder: settings.backend,
      ...(users !== undefined && { users: users.name }),
      ...(settings.registry.registryHost !== undefined && { registry: settings.registry.registryHost }),
    },
  };
}

/** How builds are made, and where they are kept. */
async function buildsOf(
  settings: BuilderSettings,
  parts: BuilderRoutesParts,
  {
    ca,
    keys,
    signing,
  }: { readonly ca: string | undefined; readonly keys: ServerKeys; readonly signing: SigningKeys },
): Promise<BuilderOptions> {
  const { database, logs, runs, context, server } = parts;
  const { isConfigured, slots, limits, timeLimitMs, idleLimitMs } = settings;
  const tenantKey = keys.keyFor('caches of image builds');
  return {
    database,
    logs,
    runs,
    backend: await openBackend(settings, { ...parts, tenantKey }, ca),
    recipe: createRecipe({
      tenantKey,
      ...(ca !== undefined && { caBundle: ca }),
      isTunnelled: settings.network === 'proxy',
    }),
    registryClientFor: ({ pushHost, isPlainHttp, credentials }) =>
      openRegistryClient({ host: pushHost, isPlainHttp, credentials, ca }),
    attest: openAttestation(context, { rootUrl: server.rootUrl, signer: signing.signer }),
    secrets: secretsOf(settings),
    // Nothing can be built before somebody has said where images go: the engine is left alone.
    slots: isConfigured ? slots : 0,
    limits,
    timeLimitMs,
    idleLimitMs,
  };
}

/** Who may call, beside users. */
function accessOf({ authenticate, server }: BuilderRoutesParts) {
  const { access, isLoopback, rootUrl } = server;
  return { access, addresses: { isLoopback, ...(rootUrl !== undefined && { rootUrl }) }, authenticate };
}

const checksOf = (builder: Builder, users: WhiskUsers | undefined): HealthCheck[] => [
  { name: 'image-builder', isWell: async () => (await builder.check()).isWell },
  ...(users === undefined ? [] : [{ name: 'users', isWell: () => users.isWell() }]),
];

const ORIGINAL_MAX_BYTES = 5_000_000;
/** Of a ConfigMap, which has Dockerfile and script as well: some 8 KiB. */
const CONFIG_MAP_BYTES = 1024 * 1024 - 32 * 1024;

/** How large a requirement file may be; in a cluster the certificates are beside it. */
const maxFileBytes = (backend: BuilderSettings['backend'], ca = ''): number =>
  backend === 'docker' ? ORIGINAL_MAX_BYTES : Math.max(0, CONFIG_MAP_BYTES - Buffer.byteLength(ca));

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
