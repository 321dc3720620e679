import type { RegistryCredentials } from '../engine.ts';
import { EngineError } from '../error.ts';

/** The header with the credentials for an image's registry; `name` is the image's. */
export function registryAuth(
  credentials: RegistryCredentials | undefined,
  name: string,
): { readonly 'x-registry-auth': string } {
  if (!credentials) return { 'x-registry-auth': encode({}) };
  const { username, password, serverAddress = name.split('/', 1)[0] } = credentials;
  return { 'x-registry-auth': encode({ username, password, serveraddress: serverAddress }) };
}

/** The header with the credentials for all registries that a build may ask. */
export function registryConfig(
  credentials: Readonly<Record<string, { readonly username: string; readonly password: string }>>,
): { readonly 'x-registry-config': string } {
  return { 'x-registry-config': encode(credentials) };
}

/** The error without the passwords in its message: registries have been seen to repeat what they were sent. */
export function withoutPasswords(error: unknown, passwords: readonly (string | undefined)[]): unknown {
  if (!(error instanceof EngineError)) return error;
  const message = passwords
    .filter((password) => password !== undefined)
    .filter((password) => password !== '')
    .reduce((text, password) => text.replaceAll(password, '***'), error.message);
  return message === error.message ? error : new EngineError(error.code, message);
}

/** The engine drops credentials that it cannot decode without a word: base64url must keep its padding. */
function encode(value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
