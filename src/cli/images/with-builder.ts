import { type BuilderClient, openBuilderClient } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { readWebAddress } from '../read-address.ts';
import { readWskIdentity, type WskIdentity } from './wsk-properties.ts';

// A person who mistyped the address is told soon; a log that is followed has more patience of its own.
const RETRIES = 2;

/** The builder that `--admin-api-url` names, and who asks it. Throws `UsageError`, and `BuilderClientError` for a token that is none. */
export async function openBuilder(
  context: Pick<CommandContext, 'flags' | 'environment'>,
): Promise<{ readonly builder: BuilderClient; readonly identity: WskIdentity }> {
  const identity = await readWskIdentity(context.environment);
  const { href } = readWebAddress(context.flags.required('admin-api-url'), 'admin-api-url');
  const { token } = identity;
  const options = { url: href, retries: RETRIES, ...(token !== undefined && { token }) };
  return { builder: openBuilderClient(options), identity };
}

/** Does something with the builder; Ctrl-C ends it. */
export async function withBuilder<T>(
  context: CommandContext,
  body: (builder: BuilderClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { builder } = await openBuilder(context);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  try {
    return await body(builder, interrupts.signal);
  } catch (error) {
    throw interrupts.signal.aborted ? new CommandError('interrupted') : error;
  }
}
