import type { Credentials } from '../../queue-api/index.ts';
import {
  fromEnvironment,
  openQueueClient,
  type QueueClient,
  type QueueClientOptions,
} from '../../queue-client/index.ts';
import { localCredentials } from '../clients/local-credentials.ts';
import type { CommandContext } from '../command.ts';
import { readWebAddress } from '../read-address.ts';

type Asked = Pick<CommandContext, 'flags' | 'environment' | 'currentFolder'>;

/**
 * The queue that `--root-url` names, for who the environment's variables say, or else as this machine's own server knows it.
 * Dispose it. Throws `UsageError`, and `QueueClientError` for credentials of which half is missing.
 */
export async function openTaskQueue(
  context: Asked,
  more: Pick<QueueClientOptions, 'retries'> = {},
): Promise<QueueClient> {
  const { href } = readWebAddress(context.flags.required('root-url'), 'root-url');
  const rootUrl = href.replace(/\/+$/, '');
  const credentials = await credentialsFor(context, rootUrl);
  return openQueueClient({
    ...more,
    rootUrl,
    ...(credentials !== undefined && { credentials: () => credentials }),
  });
}

/** Who calls a server. Throws as `openTaskQueue`. */
export async function credentialsFor(
  context: Pick<CommandContext, 'environment' | 'currentFolder'>,
  rootUrl: string,
): Promise<Credentials | undefined> {
  const said = fromEnvironment(context.environment).credentials?.();
  return said ?? (await localCredentials(context, rootUrl));
}

/**
 * Asks whether anybody answers there, with one more try: a person who mistyped the address is told at once, and not after
 * the patience that a server deserves which was there before. Throws `QueueClientError`.
 */
export async function requireServer(context: Asked, signal: AbortSignal): Promise<void> {
  await using queue = await openTaskQueue(context, { retries: 1 });
  await queue.ping({ signal });
}
