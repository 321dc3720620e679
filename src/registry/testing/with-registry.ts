import { expect } from 'vitest';
import { openRegistryClient, type RegistryClientOptions } from '../client/open-registry-client.ts';
import type { RegistryClient } from '../client/registry-client.ts';
import type { RegistryErrorCode } from '../error.ts';
import { type Answer, type Handler, openStandIn, type StandIn } from './stand-in.ts';

export const CREDENTIALS = { username: 'alice', password: 'correct horse' };

export const json = (value: unknown, more: Partial<Answer> = {}): Answer => ({
  body: JSON.stringify(value),
  ...more,
});

type Use = (client: RegistryClient, registry: StandIn) => Promise<void>;

/** A client of a registry that does as it is told. */
export async function withRegistry(
  handler: Handler,
  use: Use,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> {
  await using registry = await openStandIn(handler);
  const fixed = { host: registry.host, retryPausesMs: [1, 1], credentials: CREDENTIALS };
  await using client = openRegistryClient({ ...fixed, ...options });
  await use(client, registry);
}

export const failing = (code: RegistryErrorCode) => expect.objectContaining({ name: 'RegistryError', code });
