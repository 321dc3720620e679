import type { FastifyPluginAsync } from 'fastify';
import {
  type Access,
  artifactRoute,
  createContentCache,
  type OciDownloads,
  openOciDownloads,
  runRoutes,
} from '../download/index.ts';
import type { StreamShares } from '../kernel/index.ts';
import type { ServerLogger, ServerMetrics } from '../server/index.ts';
import { type OciLocation, readOciEnvironment } from '../store/index.ts';
import type { CommandContext } from './command.ts';
import type { DownloadSettings } from './download-settings.ts';
import type { KeptStores } from './kept-stores.ts';
import { linkKeyFile, linkKeys } from './link-keys.ts';
import { openRunLogs } from './open-run-logs.ts';
import { refuseSecretsBelow } from './secrets-below-roots.ts';
import type { Announcement } from './serve-until-stopped.ts';

/** Objects of a tenancy. */
interface Oci {
  readonly location: OciLocation;
  readonly downloads: OciDownloads;
}

export interface DownloadRoutes {
  readonly routes: readonly FastifyPluginAsync[];
  /** What is said of them in the log. */
  readonly facts: Announcement;
}

export interface DownloadRoutesOptions {
  /** Takes what is to be closed after the server. */
  readonly opened: AsyncDisposableStack;
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
  /** Absent: no runs, only the original's address. */
  readonly kept?: KeptStores;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Of who follows logs. */
  readonly shares: StreamShares;
  /** Whether a request may see runs without a signed link. Absent: none may. */
  readonly mayReadRuns?: Access['mayRead'];
  /** Files that no root may have, beside the keys of links. */
  readonly secrets?: readonly string[];
}

/** Opens all that can be downloaded. Throws `CommandError`, and `OciEnvironmentError`. */
export async function openDownloadRoutes(
  context: CommandContext,
  settings: DownloadSettings,
  { opened, logger, metrics, kept, mayReadRuns, stopping, shares, secrets = [] }: DownloadRoutesOptions,
): Promise<DownloadRoutes> {
  const oci = await openOci(context, { opened, logger });
  const routes = await openRoutes(context, settings, { metrics, oci, kept, mayReadRuns, stopping, shares });
  const { roots, tlsFiles } = settings;
  // After the keys of links are there, which may have been made only now.
  await refuseSecretsBelow(roots, [
    ...[linkKeyFile(context), ...secrets],
    ...(tlsFiles ? [tlsFiles.keyFile] : []),
  ]);
  const facts = {
    roots,
    ...(oci !== undefined && { bucket: oci.location.bucket, region: oci.location.region }),
  };
  return { routes, facts };
}

async function openOci(
  { environment }: CommandContext,
  { opened, logger }: Pick<DownloadRoutesOptions, 'opened' | 'logger'>,
): Promise<Oci | undefined> {
  const location = await readOciEnvironment(environment);
  if (location === undefined) return undefined;
  const onTrouble = (err: unknown): void => logger.warn({ err }, 'trouble behind a download');
  return { location, downloads: opened.use(await openOciDownloads({ location, now: Date.now, onTrouble })) };
}

interface Served {
  readonly metrics: ServerMetrics;
  readonly oci: Oci | undefined;
  readonly kept: KeptStores | undefined;
  readonly mayReadRuns: Access['mayRead'] | undefined;
  readonly stopping: AbortSignal;
  readonly shares: StreamShares;
}

async function openRoutes(
  context: CommandContext,
  { roots, requireSigned, tokens }: DownloadSettings,
  { metrics: { downloads: meter }, oci, kept, mayReadRuns, stopping, shares }: Served,
): Promise<FastifyPluginAsync[]> {
  const keys = requireSigned || kept !== undefined ? { keys: await linkKeys(context) } : {};
  const shared = { cache: createContentCache(), meter, now: Date.now };
  const original = artifactRoute({
    ...shared,
    roots,
    access: { open: !requireSigned, tokens, ...keys },
    ...(oci !== undefined && { oci: { tenancy: oci.location.key.tenancy, downloads: oci.downloads } }),
  });
  if (kept === undefined) return [original];
  const isPublic = context.flags.on('public'); // a flag of the programs that show runs
  const reading = mayReadRuns === undefined ? {} : { mayRead: mayReadRuns };
  const access = { open: isPublic, tokens, ...keys, ...reading };
  return [
    original,
    runRoutes({
      ...shared,
      stores: kept.all,
      access,
      runLogs: { logs: await openRunLogs(context, kept), stopping, shares },
    }),
  ];
}

/** In Kubernetes: which pod serves. */
export function podFacts({ environment }: CommandContext): Announcement {
  const { MY_POD_NAME: podName, MY_POD_IP: podIp } = environment;
  return { ...(podName && { podName }), ...(podIp && { podIp }) };
}
