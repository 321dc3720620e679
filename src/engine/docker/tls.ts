import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../error.ts';
import type { TlsFiles } from './endpoint.ts';

/** The three files that `docker --tlsverify` wants. Throws `INVALID` when one cannot be read. */
export async function readTlsFiles(folder: string): Promise<TlsFiles> {
  // One after another, so that of several that are missing always the first is named.
  const ca = await readPem(join(folder, 'ca.pem'));
  const cert = await readPem(join(folder, 'cert.pem'));
  const key = await readPem(join(folder, 'key.pem'));
  return { ca, cert, key };
}

/** Those of the three files that are there. */
export async function readTlsFilesPresent(folder: string): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readPem(join(folder, name)).catch(() => undefined)),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `TLS to the container engine needs the file ${file}: set DOCKER_CERT_PATH to the folder that has it`;
    throw new EngineError('INVALID', message, { cause });
  }
}
