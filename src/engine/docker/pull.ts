import type { PullOptions } from '../engine.ts';
import { splitReference } from '../reference.ts';
import { request } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { query } from './path.ts';
import { progressLines, readProgress } from './progress.ts';
import { registryAuth, withoutPasswords } from './registry-auth.ts';

export async function pullImage(api: ApiClient, reference: string, options: PullOptions): Promise<void> {
  try {
    await pull(api, reference, options);
  } catch (error) {
    throw withoutPasswords(error, [options.credentials?.password]);
  }
}

async function pull(api: ApiClient, reference: string, options: PullOptions): Promise<void> {
  const { name, tag } = splitReference(reference);
  const { credentials, signal, onProgress } = options;
  const call = {
    method: 'POST',
    // Without a tag the engine would bring all of them.
    path: `/images/create${query({ fromImage: name, tag })}`,
    doing: `pull the image ${reference}`,
    headers: credentials ? registryAuth(credentials, name) : {},
    signal,
  } as const;
  const response = await request(api, call, { table: 'pull' });
  for await (const line of progressLines(api, call, response, 'pull')) {
    const progress = readProgress(line);
    if (progress) onProgress?.(progress);
  }
}
