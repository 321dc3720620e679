import type { FolderLocation, OciLocation, S3Location, StoreLocation } from '../store/index.ts';
import type { FieldPath } from './fields.ts';
import { readSecret, refuseField, type SecretOptions } from './read-secret.ts';
import type { Settings } from './settings.ts';

export interface StoreLocationOptions extends SecretOptions {
  readonly settings: Settings;
}

type StorePath = Extract<FieldPath, `store.${string}`>;

function needed(path: StorePath & FieldPath, options: StoreLocationOptions): string {
  const value = options.settings.get(path);
  if (typeof value === 'string') return value;
  throw refuseField(options.file, path, `a store of the type ${options.settings.get('store.type')} needs it`);
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
    throw refuseField(options.file, missing, 'the two halves of a key go together, and this one is missing');
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
    ...(settings.get('store.encryption') === 'none' && { encryption: 'none' }),
    ...optional('credentials', credentials),
  };
}

async function ociLocation(options: StoreLocationOptions): Promise<OciLocation> {
  const privateKey = await secret('store.privateKey', options);
  if (privateKey === undefined)
    throw refuseField(options.file, 'store.privateKey', 'a store of the type oci needs it');
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
