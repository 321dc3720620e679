import { once } from 'node:events';
import type { FastifyPluginAsync } from 'fastify';
import {
  ARTIFACT_NOT_FOUND_TEXT,
  artifactRoute,
  createContentCache,
  type OciDownloads,
  openOciDownloads,
  runRoutes,
} from '../../download/index.ts';
import {
  createServerLogger,
  createServerMetrics,
  type RunningServer,
  readTlsPair,
  type ServerLogger,
  type ServerMetrics,
  startServer,
  type TlsFiles,
} from '../../server/index.ts';
import { type OciLocation, readOciEnvironment } from '../../store/index.ts';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { type DownloadSettings, readDownloadSettings } from '../download-settings.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { linkKeyFile, linkKeys } from '../link-keys.ts';
import { refuseSecretsBelow } from '../secrets-below-roots.ts';

/** `slipway download server` */
export async function downloadServer(given: CommandContext): Promise<number> {
  const context = await configuredContext(given);
  const settings = readDownloadSettings(context, { lowestPort: 0 });
  await using kept = await openKeptStores(context);
  return await serve(context, settings, { kept });
}

/** `runner-download server`: only the original's address, and its words for every other one. */
export const runnerDownloadServer = (context: CommandContext): Promise<number> =>
  serve(context, readDownloadSettings(context, { lowestPort: 1 }), { notFoundText: ARTIFACT_NOT_FOUND_TEXT });

/** Objects of a tenancy. */
interface Oci extends AsyncDisposable {
  readonly location: OciLocation;
  readonly downloads: OciDownloads;
}

/** Serves until SIGTERM or Ctrl-C, and then until the downloads that go on have ended. */
async function serve(
  context: CommandContext,
  settings: DownloadSettings,
  { kept, ...words }: { readonly notFoundText?: string; readonly kept?: KeptStores },
): Promise<number> {
  const { host, port, tlsFiles, drainTimeoutMs } = settings;
  const logger = openLog(context);
  const atOnce = new AbortController();
  using interrupts = listenForInterrupts({
    onFirst: () =>
      logger.info({ drainTimeoutMs }, 'stopping when all downloads have ended; once more stops at once'),
    onSecond: () => atOnce.abort(),
    // Where there is a certificate, SIGHUP asks for it to be read again.
    ...(tlsFiles !== undefined && { signals: ['SIGINT', 'SIGTERM'] }),
  });
  await using oci = await openOci(context, logger);
  const tls = tlsFiles === undefined ? undefined : await readTlsPair(tlsFiles);
  const metrics = createServerMetrics();
  const routes = await openRoutes(context, settings, { metrics, oci, kept });
  const options = { host, port, routes, logger, metrics, drainTimeoutMs, ...words };
  // After the keys of links are there, which may have been made only now.
  await refuseSecretsBelow(settings.roots, [linkKeyFile(context), ...(tlsFiles ? [tlsFiles.keyFile] : [])]);
  const server = await startServer({ ...options, ...(tls !== undefined && { tls }) });
  announce(context, settings, { logger, server, oci });
  using _reload = tlsFiles === undefined ? undefined : reloadOnHangUp(server, tlsFiles, logger);
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  const { cut } = await server.close(atOnce.signal);
  logger.info({ cut }, 'stopped');
  return EXIT.passed;
}

/** Lines for people where people read them, else JSON; on standard error in any case. */
function openLog({ flags, stderr }: CommandContext): ServerLogger {
  const isJson = flags.given('output') ? flags.required('output') === 'json' : !stderr.isTTY;
  return createServerLogger({ stream: stderr, format: isJson ? 'json' : 'text', debug: flags.on('debug') });
}

async function openOci({ environment }: CommandContext, logger: ServerLogger): Promise<Oci | undefined> {
  const location = await readOciEnvironment(environment);
  if (location === undefined) return undefined;
  const onTrouble = (err: unknown): void => logger.warn({ err }, 'trouble behind a download');
  const downloads = await openOciDownloads({ location, now: Date.now, onTrouble });
  return { location, downloads, [Symbol.asyncDispose]: () => downloads[Symbol.asyncDispose]() };
}

interface Served {
  readonly metrics: ServerMetrics;
  readonly oci: Oci | undefined;
  /** Absent: no runs, only the original's address. */
  readonly kept: KeptStores | undefined;
}

/** All that is served. */
async function openRoutes(
  context: CommandContext,
  { roots, requireSigned, tokens }: DownloadSettings,
  { metrics: { downloads: meter }, oci, kept }: Served,
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
  const isPublic = context.flags.on('public'); // a flag of the program that shows runs
  return [original, runRoutes({ ...shared, stores: kept.all, access: { open: isPublic, tokens, ...keys } })];
}

interface Started {
  readonly logger: ServerLogger;
  readonly server: RunningServer;
  readonly oci: Oci | undefined;
}

/** Says in the log what is served where; in Kubernetes also by which pod. */
function announce(
  { environment }: CommandContext,
  { roots, tlsFiles }: DownloadSettings,
  { logger, server, oci }: Started,
): void {
  const { url, port } = server;
  const protocol = tlsFiles === undefined ? 'HTTP' : 'HTTPS';
  const { MY_POD_NAME: podName, MY_POD_IP: podIp } = environment;
  const facts = {
    port,
    protocol,
    url,
    roots,
    ...(oci !== undefined && { bucket: oci.location.bucket, region: oci.location.region }),
    ...(podName && { podName }),
    ...(podIp && { podIp }),
  };
  logger.info(facts, `serving downloads on port ${port}, ${protocol}`);
}

/** Reads certificate and key again when SIGHUP says so; where they are no pair, the old ones stay. */
function reloadOnHangUp(server: RunningServer, files: TlsFiles, logger: ServerLogger): Disposable {
  const reload = async (): Promise<void> => {
    try {
      server.replaceTls(await readTlsPair(files));
      logger.info('new connections have the certificate that was read again');
    } catch (err) {
      logger.error({ err }, 'the certificate stays as it was');
    }
  };
  const onHangUp = (): void => void reload();
  process.on('SIGHUP', onHangUp);
  return { [Symbol.dispose]: () => process.off('SIGHUP', onHangUp) };
}
