import { existsSync } from 'node:fs';
import { BACKUP_PATH, BackupError, takeBackup } from '../../backup/index.ts';
import { DatabaseError, type DatabaseLocation, openDatabase } from '../../database/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { configuredContext } from '../configured-context.ts';
import { openKeptStores } from '../kept-stores.ts';
import { openServedRepository } from '../open-served-repository.ts';
import { readServerSettings } from '../queue-settings.ts';
import { MIGRATIONS } from '../server-parts.ts';
import { openTaskQueue } from '../tasks/open-queue-client.ts';
import { type BackupSourceParts, backupSource } from './backup-source.ts';

/** Bytes of a backup, and what is to be closed after them. */
export interface BackupStream extends AsyncDisposable {
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The backup of a server that runs, over HTTP. Throws `CommandError`, `QueueClientError`. */
export async function streamFromServer(context: CommandContext, signal: AbortSignal): Promise<BackupStream> {
  await using opened = new AsyncDisposableStack();
  const queue = opened.use(await openTaskQueue(context));
  await queue.ping({ signal });
  const response = await queue.fetch(BACKUP_PATH, { signal });
  const { status, body } = response;
  if (status !== 200 || body === null) throw await refusal(response, queue.rootUrl);
  const all = opened.move();
  return { bytes: received(body), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'TASKCLUSTER_CLIENT_ID and TASKCLUSTER_ACCESS_TOKEN say who asks',
  403: 'ask as a client with the scope slipway:backup, or with the role admin',
  404: 'the server may be an older one, or another program',
};

async function refusal(response: Response, rootUrl: string): Promise<CommandError> {
  const said = messageIn((await response.text()).slice(0, 2000));
  const message = `${rootUrl} gives no backup: ${said ?? `status ${response.status}`}`;
  return new CommandError(message, HINTS[response.status]);
}

/** Of an answer that may have been cut, or be of something else than a server of Slipway. */
function messageIn(text: string): string | undefined {
  const [, said] = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  try {
    return said === undefined ? undefined : String(JSON.parse(said));
  } catch {
    return undefined;
  }
}

/** A connection that is cut is an end that is none. */
async function* received(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new BackupError('INCOMPLETE', 'The server ended the backup before it was complete', {
      cause,
      hint: 'its log says why',
    });
  }
}

/**
 * The backup of the data folder of a server that does not run. Throws `CommandError` where it does: its database is open
 * elsewhere.
 */
export async function streamFromFolder(given: CommandContext, signal: AbortSignal): Promise<BackupStream> {
  const context = await configuredContext(given, 'server');
  await using opened = new AsyncDisposableStack();
  const settings = readServerSettings(context, '127.0.0.1');
  const repository = opened.use(await openServedRepository(context));
  const kept = opened.use(await openKeptStores(context));
  const database = await openOffline(settings.database, opened);
  const { clientsFile } = settings;
  const source = backupSource(context, { kept, repository, database, clientsFile });
  const all = opened.move();
  return { bytes: takeBackup(source, signal), [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** A database that is no file is taken by other means, whether or not it can be reached. */
async function openOffline(
  location: DatabaseLocation,
  opened: AsyncDisposableStack,
): Promise<BackupSourceParts['database']> {
  if (location.type === 'postgres') return { kind: 'postgres', name: 'of PostgreSQL' };
  if (!existsSync(location.file)) return undefined;
  try {
    return opened.use(await openDatabase({ location, migrations: MIGRATIONS }));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'LOCKED') throw error;
    throw new CommandError(
      error.message,
      'A server has it: take the backup from that one, without --offline.',
    );
  }
}
