import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { ConfigurationError } from './error.ts';
import type { FieldPath } from './fields.ts';
import type { SecretReference } from './kinds.ts';

export interface SecretOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Of the configuration, for messages. */
  readonly file: string;
}

/** Something that a field of the file needs is missing. */
export const refuseField = (file: string, path: FieldPath, message: string): ConfigurationError =>
  new ConfigurationError([{ severity: 'error', code: 'missing', message: `${path}: ${message}`, file }]);

/** The secret that a reference leads to. Throws `ConfigurationError`; the message never has the secret. */
export async function readSecret(
  path: FieldPath,
  reference: SecretReference,
  { environment, file }: SecretOptions,
): Promise<string> {
  if ('variable' in reference) {
    const value = environment[reference.variable];
    if (value) return value;
    throw refuseField(file, path, `the variable ${reference.variable} that holds the secret is not set`);
  }
  try {
    const text = await readFile(reference.file, 'utf8');
    return path === 'store.privateKey' ? text : text.replace(/\r?\n$/, '');
  } catch (error) {
    const { errno = 0, code } = error as NodeJS.ErrnoException; // what readFile throws
    const reason = getSystemErrorMap().get(errno)?.[1] ?? code;
    throw refuseField(file, path, `${reference.file}, which holds the secret, cannot be read: ${reason}`);
  }
}
