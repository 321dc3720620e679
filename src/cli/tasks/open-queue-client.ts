import {
  fromEnvironment,
  openQueueClient,
  type QueueClient,
  type QueueClientOptions,
} from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { readWebAddress } from '../read-address.ts';

/**
 * The queue that `--root-url` names, for who the environment's variables say. Dispose it. Throws `UsageError`, and
 * `QueueClientError` for credentials of which half is missing.
 */
export function openTaskQueue(
  { flags, environment }: Pick<CommandContext, 'flags' | 'environment'>,
  more: Pick<QueueClientOptions, 'retries'> = {},
): QueueClient {
  const url = readWebAddress(flags.required('root-url'), 'root-url');
  return openQueueClient({ ...more, ...fromEnvironment(environment), rootUrl: url.href.replace(/\/+$/, '') });
}

/**
 * Asks whether anybody answers there, with one more try: a person who mistyped the address is told at once, and not after
 * the patience that a server deserves which was there before. Throws `QueueClientError`.
 */
export async function requireServer(
  context: Pick<CommandContext, 'flags' | 'environment'>,
  signal: AbortSignal,
): Promise<void> {
  await using queue = openTaskQueue(context, { retries: 1 });
  await queue.ping({ signal });
}
