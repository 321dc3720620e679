import type { PushOptions, PushResult } from '../engine.ts';
import { EngineError } from '../error.ts';
import { splitReference } from '../reference.ts';
import { request } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, type Json, optional, readText } from './json.ts';
import { path, query } from './path.ts';
import { progressLines, readProgress } from './progress.ts';
import { registryAuth, withoutPasswords } from './registry-auth.ts';

export async function pushImage(
  api: ApiClient,
  reference: string,
  options: PushOptions,
): Promise<PushResult> {
  try {
    return await push(api, reference, options);
  } catch (error) {
    throw withoutPasswords(error, [options.credentials?.password]);
  }
}

async function push(api: ApiClient, reference: string, options: PushOptions): Promise<PushResult> {
  const { name, tag } = splitReference(reference);
  if (tag === undefined) {
    throw new EngineError('INVALID', `cannot push ${reference}: images are pushed by name and tag`);
  }
  const { credentials, signal, onProgress } = options;
  const call = {
    method: 'POST',
    // Without a tag the engine would send all of them.
    path: path`/images/${name}/push` + query({ tag }),
    doing: `push the image ${reference}`,
    // Engines insist on this header.
    headers: registryAuth(credentials, name),
    signal,
  } as const;
  const response = await request(api, call, { table: 'push' });
  let digest: string | undefined;
  for await (const line of progressLines(api, call, response, 'push')) {
    digest = optional(field(line, 'aux'), readDigest) ?? digest;
    const progress = readProgress(line);
    if (progress) onProgress?.(progress);
  }
  return digest === undefined ? {} : { digest };
}

function readDigest(aux: Json): string | undefined {
  return optional(field(aux, 'Digest'), readText);
}
