import { join, resolve } from 'node:path';
import type { DatabaseLocation } from '../database/index.ts';
import { DURATION_EXAMPLES, parseDuration } from '../kernel/index.ts';
import { ownClientsFile } from './clients/own-clients.ts';
import type { CommandContext } from './command.ts';
import { dataFolder } from './data-folder.ts';
import { UsageError } from './exit-code.ts';
import { readWebAddress } from './read-address.ts';

/** Where a server keeps what it knows, and who may call it: the same for all that has a database. */
export interface ServerSettings {
  readonly database: DatabaseLocation;
  /** Absolute. */
  readonly clientsFile: string;
  /** Nobody has named another one: it is made where it is not there. */
  readonly ownsClients: boolean;
  /** `open`: who does not sign may everything. */
  readonly access: 'open' | 'closed';
  /** Whether only this machine can reach the server. */
  readonly isLoopback: boolean;
  readonly rootUrl?: string;
  readonly trustProxy: boolean;
  /** Of the database and the logs, where they are files; absolute. */
  readonly folder: string;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;
const MIN_CLAIM_MS = 1000; // a renewal takes a moment

/** Throws `UsageError`. */
export function readServerSettings(context: CommandContext, host: string): ServerSettings {
  const { flags, environment, currentFolder } = context;
  const folder = join(dataFolder(environment, currentFolder), 'queue');
  const clients = flags.text('clients');
  const rootUrl = flags.text('root-url');
  const isLoopback = LOOPBACK.test(host);
  const isOpen = flags.given('open') ? flags.on('open') : isLoopback && clients === undefined;
  return {
    database: databaseOf(flags.text('database-url'), folder),
    clientsFile: resolve(currentFolder, clients ?? ownClientsFile(environment, currentFolder)),
    ownsClients: clients === undefined,
    access: isOpen ? 'open' : 'closed',
    isLoopback,
    ...(rootUrl !== undefined && { rootUrl: rootOf(rootUrl) }),
    trustProxy: flags.on('trust-proxy'),
    folder,
  };
}

/** What flags, variables and the configuration say of the queue of a server. */
export interface QueueSettings extends ServerSettings {
  readonly claimTimeoutMs: number;
}

/** `undefined`: the server is to have none. Throws `UsageError`. */
export function readQueueSettings(
  { flags }: CommandContext,
  server: ServerSettings,
): QueueSettings | undefined {
  if (!flags.on('tasks')) return undefined;
  return { ...server, claimTimeoutMs: claimTimeoutOf(flags.required('claim-timeout')) };
}

function databaseOf(url: string | undefined, folder: string): DatabaseLocation {
  if (url === undefined) return { type: 'sqlite', file: join(folder, 'queue.db') };
  if (/^postgres(?:ql)?:\/\//.test(url)) return { type: 'postgres', url };
  // Nothing of it is repeated: it may hold a password.
  throw new UsageError('--database-url: expected postgres://user:password@host:port/database');
}

function rootOf(text: string): string {
  const { href, search, hash, username } = readWebAddress(text, 'root-url');
  if (search === '' && hash === '' && username === '') return href.replace(/\/+$/, '');
  throw new UsageError('--root-url: expected an address without a query, and without a name');
}

function claimTimeoutOf(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs >= MIN_CLAIM_MS) return timeoutMs;
  throw new UsageError(`--claim-timeout: expected ${DURATION_EXAMPLES}, at least 1s, found "${text}"`);
}
