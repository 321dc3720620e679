import type { FastifyPluginAsync } from 'fastify';
import {
  type Authenticate,
  type Client,
  createAuthenticator,
  createSessions,
  isOwnHost,
  openClients,
  openServerKeys,
  openSessionBook,
  PUBLIC_SCOPES,
  passingServerKeys,
  refuseForeignPages,
  type SessionBook,
  type Sessions,
  satisfies,
} from '../auth/index.ts';
import type { Database } from '../database/index.ts';
import { createSignIns, refuseScrapes, SESSION_SERVICE } from '../page/index.ts';
import { baseUrlOf, serviceRoutes } from '../queue/index.ts';
import type { ServerLogger, ServerOptions } from '../server/index.ts';
import { type FirstClient, makeOwnClients } from './clients/own-clients.ts';
import type { CommandContext } from './command.ts';
import type { ServerSettings } from './queue-settings.ts';
import { isForPerson } from './server-greeting.ts';
import { versionText } from './version.ts';

/** Permanent clients by their id. */
export type FindClient = (clientId: string) => Client | undefined;

/** Who calls a server, the same for all that it serves. */
export interface ServerAccess {
  readonly authenticate: Authenticate;
  /** Those of the page. */
  readonly sessions: Sessions;
  /** Which of them go on; closed with the server. */
  readonly book: SessionBook;
  /** Where the page signs in. */
  readonly routes: FastifyPluginAsync;
  /** Whether a request may see runs without a signed link. Throws `AuthError`. */
  readonly mayReadRuns: (request: Parameters<Authenticate>[0]) => boolean;
  /** For `startServer`: who is given no metrics. */
  readonly refuseScrape: NonNullable<ServerOptions['refuseScrape']>;
  /** For `startServer`: an open server of this machine is called by names of this machine, or by its own. */
  readonly names: Pick<ServerOptions, 'isOwnName'>;
}

export interface ServerAccessOptions {
  readonly findClient: FindClient;
  /** Whose keys are used; absent: sessions end with the server. */
  readonly database: Database | undefined;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly logger: ServerLogger;
}

/** Opens who may call. Throws `DatabaseError`. */
export async function openServerAccess(
  { access, isLoopback, rootUrl, trustProxy }: ServerSettings,
  { findClient, database, stopping, logger }: ServerAccessOptions,
): Promise<ServerAccess> {
  const keys = database === undefined ? passingServerKeys() : await openServerKeys(database);
  const named = { trustProxy, ...(rootUrl !== undefined && { rootUrl }) };
  const book = await openSessionBook({
    database,
    now: Date.now,
    onError: (err) => logger.warn({ err }, 'sessions that were ended at other servers may be taken here'),
  });
  const sessions = createSessions({
    ...named,
    book,
    key: keys.keyFor('sessions'),
    clients: findClient,
    anonymousScopes: PUBLIC_SCOPES,
  });
  const known = createAuthenticator({
    ...named,
    clients: findClient,
    issuerKey: keys.issuer,
    mode: access,
    sessions,
  });
  const authenticate = access === 'open' ? refuseForeignPages(known, { isLoopback, ...named }) : known;
  const who = { clients: findClient, now: Date.now };
  const signIns = createSignIns(who);
  const routes = serviceRoutes(SESSION_SERVICE, {
    on: { sessions, book, signIns, access, trustProxy, now: Date.now, version: versionText() },
    authenticate,
    baseUrlOf: baseUrlOf(named),
    stopping,
    now: Date.now,
    isBeside: true,
  });
  return {
    authenticate,
    sessions,
    book,
    routes,
    refuseScrape: refuseScrapes({ ...who, authenticate, trustProxy }),
    names:
      access === 'open' && isLoopback && !trustProxy
        ? { isOwnName: (host) => isOwnHost(host, { isLoopback, ...named }) }
        : {},
    mayReadRuns(request) {
      const { clientId, scopes } = authenticate(request);
      // What only gives may have a proxy before it: being on this machine is then nobody's own doing.
      return (database !== undefined || clientId !== 'anonymous') && satisfies(scopes, 'runs:read');
    },
  };
}

/**
 * Opens the clients of a server. Its own file is made where it has none, and the first client is said once. Throws
 * `AccessFileError`, and what says that the file cannot be made.
 */
export async function openServerClients(
  { clientsFile, ownsClients }: ServerSettings,
  context: Pick<CommandContext, 'flags' | 'stderr'>,
  logger: ServerLogger,
): Promise<FindClient> {
  const first = ownsClients ? await makeOwnClients(clientsFile) : undefined;
  if (first !== undefined) tellFirstClient(first, clientsFile, { ...context, logger });
  const { find } = await openClients(clientsFile, {
    onError: (err) => logger.error({ err }, 'the file of clients cannot be used: those of before stay'),
  });
  return find;
}

/** A person is shown the token. A log is kept, and sent elsewhere: it says where the token is. */
function tellFirstClient(
  { clientId, accessToken }: FirstClient,
  clientsFile: string,
  told: Pick<CommandContext, 'flags' | 'stderr'> & { readonly logger: ServerLogger },
): void {
  const { flags, stderr, logger } = told;
  if (!isForPerson({ flags, stderr })) {
    logger.info(
      { clientsFile, clientId },
      'a first client was made: its access token is in the file of clients',
    );
    return;
  }
  stderr.write(
    `\nThe first client of this server, shown this once:\n\n` +
      `  client id     ${clientId}\n  access token  ${accessToken}\n\n` +
      `It is kept in ${clientsFile}, which nobody but you can read.\n\n`,
  );
}
