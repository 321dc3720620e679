import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import type { FolderLocation, OciLocation, S3Location, StoreLocation } from '../store/index.ts';
import { ConfigurationError } from './error.ts';
import type { FieldPath } from './fields.ts';
import type { SecretReference } from './kinds.ts';
import type { Settings } from './settings.ts';

export interface StoreLocationOptions {
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the configuration, for messages. */
  readonly file: string;
}

type StorePath = Extract<FieldPath, `store.${string}`>;

const refuse = (file: string, path: FieldPath, message: string): ConfigurationError =>
  new ConfigurationError([{ severity: 'error', code: 'store', message: `${path}: ${message}`, file }]);

/** The secret that a reference leads to. Throws `ConfigurationError`; the message never has the secret. */
async function readSecret(
  path: FieldPath,
  reference: SecretReference,
  { environment, file }: StoreLocationOptions,
): Promise<string> {
  if ('variable' in reference) {
    const value = environment[reference.variable];
    if (value) return value;
    throw refuse(file, path, `the variable ${reference.variable} that holds the secret is not set`);
  }
  try {
    const text = await readFile(reference.file, 'utf8');
    return path === 'store.privateKey' ? text : text.replace(/\r?\n$/, '');
  } catch (error) {
    const { errno = 0, code } = error as NodeJS.ErrnoException; // what readFile throws
    const reason = getSystemErrorMap().get(errno)?.[1] ?? code;
    throw refuse(file, path, `${reference.file}, which holds the secret, cannot be read: ${reason}`);
  }
}

function needed(path: StorePath & FieldPath, options: StoreLocationOptions): string {
  const value = options.settings.get(path);
  if (typeof value === 'string') return value;
  throw refuse(options.file, path, `a store of the type ${options.settings.get('store.type')} needs it`);
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: T }; // one key, present or not

async function secret(path: StorePath, options: StoreLocationOptions): Promise<string | undefined> {
  const reference = options.settings.get(path);
  return typeof reference === 'object' ? await readSecret(path, reference, options) : undefined;
}

function folderLocation({ settings }: StoreLocationOptions): FolderLocation | undefined {
  const folder = settings.get('store.folder');
  if (folder === undefined) return undefined;
  return { type: 'folder', folder, ...optional('keepFreeBytes', settings.get('store.keepFreeBytes')) };
}

async function s3Location(options: StoreLocationOptions): Promise<S3Location> {
  const { settings } = options;
  const accessKeyId = settings.get('store.accessKeyId');
  const secretAccessKey = await secret('store.secretAccessKey', options);
  const sessionToken = await secret('store.sessionToken', options);
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const missing = accessKeyId === undefined ? 'store.accessKeyId' : 'store.secretAccessKey';
    throw refuse(options.file, missing, 'the two halves of a key go together, and this one is missing');
  }
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey, ...optional('sessionToken', sessionToken) };
  return {
    type: 's3',
    bucket: needed('store.bucket', options),
    region: needed('store.region', options),
    ...optional('endpoint', settings.get('store.endpoint')),
    ...optional('credentials', credentials),
  };
}

async function ociLocation(options: StoreLocationOptions): Promise<OciLocation> {
  const privateKey = await secret('store.privateKey', options);
  if (privateKey === undefined)
    throw refuse(options.file, 'store.privateKey', 'a store of the type oci needs it');
  return {
    type: 'oci',
    namespace: needed('store.namespace', options),
    bucket: needed('store.bucket', options),
    region: needed('store.region', options),
    key: {
      tenancy: needed('store.tenancy', options),
      user: needed('store.user', options),
      fingerprint: needed('store.fingerprint', options),
      privateKey,
      ...optional('passphrase', await secret('store.passphrase', options)),
    },
    ...optional('endpoint', options.settings.get('store.endpoint')),
  };
}

/**
 * The store that the configuration names, its secrets read; `undefined` where it names none, which means the one in the data
 * folder. Throws `ConfigurationError` for what is missing.
 */
export async function storeLocation(options: StoreLocationOptions): Promise<StoreLocation | undefined> {
  switch (options.settings.get('store.type')) {
    case 's3':
      return await s3Location(options);
    case 'oci':
      return await ociLocation(options);
    default:
      return folderLocation(options);
  }
}
