import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../error.ts';
import { type Endpoint, parseEndpoint, type TlsFiles } from './endpoint.ts';
import { field, type Json, optional, parseJson, readFlag, readText } from './json.ts';
import { readTlsFilesPresent } from './tls.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The endpoint of the Docker context in use (`DOCKER_CONTEXT`, else `docker context use`); `undefined` when that is
 * the default one. Throws `INVALID` when its files are missing or cannot be understood.
 */
export async function contextEndpoint(environment: Environment): Promise<Endpoint | undefined> {
  const folder = dockerFolder(environment);
  const name = environment['DOCKER_CONTEXT'] || (await configuredContext(join(folder, 'config.json')));
  if (name === undefined || name === '' || name === 'default') return undefined;
  return await readContext(join(folder, 'contexts'), name);
}

/** Where Docker's own client keeps its settings. */
export function dockerFolder(environment: Environment): string {
  return environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker');
}

async function configuredContext(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return inFile(file, () => optional(field(parseJson(text, file), 'currentContext'), readText));
}

async function readContext(contexts: string, name: string): Promise<Endpoint> {
  // Loaded here because few machines have contexts, and loading it takes 5 ms.
  const { createHash } = await import('node:crypto');
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(contexts, 'meta', id, 'meta.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const message = `there is no Docker context ${JSON.stringify(name)}: choose another (docker context ls)`;
    throw new EngineError('INVALID', message, { cause });
  });
  const docker = inFile(file, () => field(field(parseJson(text, file), 'Endpoints'), 'docker'));
  const host = inFile(file, () => readText(field(docker, 'Host')));
  return parseEndpoint(host, await contextTls(docker, join(contexts, 'tls', id, 'docker')));
}

async function contextTls(docker: Json, folder: string): Promise<TlsFiles | undefined> {
  const files = await readTlsFilesPresent(folder);
  if (optional(field(docker, 'SkipTLSVerify'), readFlag)) return { ...files, skipVerification: true };
  return Object.keys(files).length === 0 ? undefined : files;
}

/** The readers speak of the engine's answer; here a file of the person's is meant. */
function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new EngineError('INVALID', `cannot understand Docker's settings in ${file}`, { cause });
  }
}
