import { once } from 'node:events';
import {
  createServerLogger,
  type RunningServer,
  readTlsPair,
  type ServerLogger,
  type ServerOptions,
  startServer,
  type TlsFiles,
} from '../server/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { CommandContext } from './command.ts';
import { EXIT } from './exit-code.ts';
import { giveBackMemory } from './give-back-memory.ts';
import { listenForHangUps } from './hang-ups.ts';
import { listenForInterrupts } from './interrupts.ts';
import { openProgramTelemetry } from './program-telemetry.ts';
import { isForPerson } from './server-greeting.ts';

/** Where a server listens, and how it ends. */
export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  /** Absent: HTTP. */
  readonly tlsFiles?: TlsFiles;
  readonly drainTimeoutMs: number;
}

/** Where a server is that has begun to listen. */
export interface ListeningServer {
  /** For a client on this machine. */
  readonly url: string;
  /** Plain HTTP, for programs that the server itself starts. */
  readonly doorUrl: string;
}

/** What goes on beside a server, and needs it until its own end. */
export interface BesideServer {
  /** Lets it end; as soon as `hurry` aborts, whatever it does. Does not throw. */
  stop(hurry: AbortSignal): Promise<void>;
}

/** Facts for the log, beside the address: what is served, and where it comes from. */
export type Announcement = Readonly<Record<string, unknown>>;

export interface ServedParts
  extends Pick<
    ServerOptions,
    'routes' | 'metrics' | 'checks' | 'atOnce' | 'notFoundText' | 'isOwnName' | 'trustProxy' | 'refuseScrape'
  > {
  /** `serving WHAT on port …` */
  readonly what: string;
  readonly announce: (url: string) => Announcement;
  /** For a person at a terminal, who has read what the log says. */
  readonly greet?: (url: string) => string;
  /** Told where the server is as soon as it listens. */
  readonly onListening?: (url: string) => Promise<void>;
  /** Begun when the server listens, and ended before it. */
  readonly beside?: (server: ListeningServer) => BesideServer;
}

/** Lines for people where people read them, else JSON; on standard error in any case. */
function openLog({ flags, stderr }: CommandContext): ServerLogger {
  const isJson = flags.given('output') ? flags.required('output') === 'json' : !stderr.isTTY;
  return createServerLogger({ stream: stderr, format: isJson ? 'json' : 'text', debug: flags.on('debug') });
}

/**
 * Serves until SIGTERM or Ctrl-C, and then until the answers that go on have ended. `open` makes what is served; what it
 * leaves on the stack is disposed of after the server. Throws `ServerError`, and what `open` throws.
 */
export async function serveUntilStopped(
  context: CommandContext,
  { host, port, tlsFiles, drainTimeoutMs }: ListenSettings,
  open: (
    opened: AsyncDisposableStack,
    logger: ServerLogger,
    /** Aborts when the server begins to stop: who waits for something is to be answered then, and nothing more is opened. */
    stopping: AbortSignal,
    telemetry: Telemetry,
  ) => Promise<ServedParts>,
): Promise<number> {
  const logger = openLog(context);
  const atOnce = new AbortController();
  using hangUps = endsWithTerminal(context, tlsFiles) ? undefined : listenForHangUps();
  using interrupts = listenForInterrupts({
    onFirst: () =>
      logger.info({ drainTimeoutMs }, 'stopping when what goes on has ended; once more stops at once'),
    onSecond: () => atOnce.abort(),
    ...(hangUps !== undefined && { signals: ['SIGINT', 'SIGTERM'] }),
  });
  await using opened = new AsyncDisposableStack();
  const tls = tlsFiles === undefined ? undefined : await readTlsPair(tlsFiles);
  const telemetry = opened.use(
    await openProgramTelemetry(context, 'slipway-server', (why) => logger.warn(why)),
  );
  const stopping = new AbortController();
  const served = await untilInterrupted(interrupts.signal, stopping, () =>
    open(opened, logger, stopping.signal, telemetry),
  );
  if (served === undefined) {
    logger.info('stopped before anything was served');
    return EXIT.passed;
  }
  const { what, announce, greet, beside, onListening, ...parts } = served;
  const hasOwnDoor = beside !== undefined;
  const leaving = interrupts.signal;
  const options = { host, port, logger, telemetry, drainTimeoutMs, leaving, hasOwnDoor, ...parts };
  const server = await startServer({ ...options, ...(tls !== undefined && { tls }) });
  // Whatever fails from here on, as on a disk that is full now: nobody is left talking to what is being taken apart.
  opened.defer(async () => {
    stopping.abort();
    await server.close(AbortSignal.abort());
  });
  const protocol = tls === undefined ? 'HTTP' : 'HTTPS';
  const { url } = server;
  const facts = { port: server.port, protocol, url, ...announce(url) };
  logger.info(facts, `serving ${what} on port ${server.port}, ${protocol}`);
  if (greet !== undefined && isForPerson(context)) context.stderr.write(greet(url));
  hangUps?.do(() => readAgain(server, tlsFiles, logger));
  using _memory = giveBackMemory();
  await onListening?.(url);
  const { doorUrl = url } = server;
  const running = beside?.({ url, doorUrl });
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  // What goes on beside it and the answers share the time.
  const enough = AbortSignal.any([atOnce.signal, AbortSignal.timeout(drainTimeoutMs)]);
  await running?.stop(enough);
  stopping.abort();
  const { cut } = await server.close(enough);
  logger.info({ cut }, 'stopped');
  return EXIT.passed;
}

/** What is opened; `undefined` where somebody wants the server to end before it has begun. */
async function untilInterrupted<T>(
  interrupted: AbortSignal,
  stopping: AbortController,
  open: () => Promise<T>,
): Promise<T | undefined> {
  if (interrupted.aborted) return undefined;
  const stop = (): void => stopping.abort();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    const opened = await open();
    return interrupted.aborted ? undefined : opened;
  } catch (error) {
    if (error === stopping.signal.reason) return undefined;
    throw error;
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}

/** Whether SIGHUP is the end of the terminal at which somebody sits; with a certificate it always asks for that to be read again. */
const endsWithTerminal = ({ stderr }: CommandContext, tlsFiles: TlsFiles | undefined): boolean =>
  tlsFiles === undefined && stderr.isTTY === true;

/** What SIGHUP asks for: certificate and key are read again. Where they are no pair, the old ones stay. */
async function readAgain(
  server: RunningServer,
  files: TlsFiles | undefined,
  logger: ServerLogger,
): Promise<void> {
  if (files === undefined) {
    logger.info('SIGHUP changes nothing: there is no certificate that could be read again');
    return;
  }
  try {
    server.replaceTls(await readTlsPair(files));
    logger.info('new connections have the certificate that was read again');
  } catch (err) {
    logger.error({ err }, 'the certificate stays as it was');
  }
}
