import type { PullOptions, PullProgress, RegistryCredentials } from '../engine.ts';
import { EngineError } from '../error.ts';
import { splitReference } from '../reference.ts';
import { bodyChunks, request } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { refusalError } from './errors.ts';
import { field, type Json, optional, readNumber, readText } from './json.ts';
import { readJsonLines } from './json-lines.ts';
import { query } from './path.ts';

export async function pullImage(api: ApiClient, reference: string, options: PullOptions): Promise<void> {
  try {
    await pull(api, reference, options);
  } catch (error) {
    throw withoutSecrets(error, options.credentials);
  }
}

async function pull(api: ApiClient, reference: string, options: PullOptions): Promise<void> {
  const { name, tag } = splitReference(reference);
  const { credentials, signal } = options;
  const call = {
    method: 'POST',
    // Without a tag the engine would bring all of them.
    path: `/images/create${query({ fromImage: name, tag })}`,
    doing: `pull the image ${reference}`,
    headers: credentials ? { 'x-registry-auth': registryAuth(credentials, name) } : {},
    signal,
  } as const;
  const response = await request(api, call, { table: 'pull' });
  for await (const line of readJsonLines(bodyChunks(api, call, response), call.doing)) {
    const trouble = optional(field(line, 'error'), readText);
    if (trouble !== undefined)
      throw refusalError({ status: 500, message: trouble, doing: call.doing }, 'pull');
    options.onProgress?.(readProgress(line));
  }
}

/** The engine drops credentials that it cannot decode without a word: base64url must keep its padding. */
function registryAuth({ username, password, serverAddress }: RegistryCredentials, name: string): string {
  const serveraddress = serverAddress ?? name.split('/', 1)[0];
  const text = Buffer.from(JSON.stringify({ username, password, serveraddress })).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

function readProgress(line: Json): PullProgress {
  const layer = optional(field(line, 'id'), readText);
  const detail = optional(field(line, 'progressDetail'), (json) => json);
  const currentBytes = detail && optional(field(detail, 'current'), readNumber);
  const totalBytes = detail && optional(field(detail, 'total'), readNumber);
  return {
    status: optional(field(line, 'status'), readText) ?? '',
    ...(layer !== undefined && { layer }),
    ...(currentBytes !== undefined && { currentBytes }),
    ...(totalBytes !== undefined && { totalBytes }),
  };
}

/** Registries have been seen to repeat what they were sent. */
function withoutSecrets(error: unknown, credentials: RegistryCredentials | undefined): unknown {
  if (!(error instanceof EngineError) || !credentials?.password) return error;
  if (!error.message.includes(credentials.password)) return error;
  return new EngineError(error.code, error.message.replaceAll(credentials.password, '***'));
}
