import { fromEnvironment, openQueueClient, type QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { readWebAddress } from '../read-address.ts';

/**
 * The queue that `--root-url` names, for who the environment's variables say. Dispose it. Throws `UsageError`, and
 * `QueueClientError` for credentials of which half is missing.
 */
export function openTaskQueue({
  flags,
  environment,
}: Pick<CommandContext, 'flags' | 'environment'>): QueueClient {
  const url = readWebAddress(flags.required('root-url'), 'root-url');
  return openQueueClient({ ...fromEnvironment(environment), rootUrl: url.href.replace(/\/+$/, '') });
}
