import type { DigestOptions } from '../engine.ts';
import { splitReference } from '../reference.ts';
import { requestJson } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, readText } from './json.ts';
import { path } from './path.ts';
import { registryAuth, withoutPasswords } from './registry-auth.ts';

/** The engine asks the registry itself: its mirrors, certificates and proxies count. */
export async function findDigest(
  api: ApiClient,
  reference: string,
  { credentials, signal }: DigestOptions = {},
): Promise<string> {
  const { name } = splitReference(reference);
  const call = {
    method: 'GET',
    path: path`/distribution/${reference}/json`,
    doing: `find out what the registry has as ${reference}`,
    headers: registryAuth(credentials, name),
    signal,
  } as const;
  try {
    const answer = await requestJson(api, call, { table: 'pull' });
    return readText(field(field(answer, 'Descriptor'), 'digest'));
  } catch (error) {
    throw withoutPasswords(error, [credentials?.password]);
  }
}
