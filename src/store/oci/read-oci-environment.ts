import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OciApiKey, OciLocation } from '../location.ts';
import { isRegion, parseOrigin } from './origin.ts';

/** Where the objects are, where something else than the environment says it. */
export interface OciPlace {
  readonly namespace?: string;
  readonly bucket?: string;
}

/** The environment says too little, or something wrong. Its message names the variables and never a secret. */
export class OciEnvironmentError extends Error {
  override readonly name = 'OciEnvironmentError';
}

const IDENTITY = {
  tenancy: 'WERCKER_OCI_TENANCY_OCID',
  user: 'WERCKER_OCI_USER_OCID',
  region: 'WERCKER_OCI_REGION',
  fingerprint: 'WERCKER_OCI_FINGERPRINT',
} as const;
const KEY = 'WERCKER_OCI_PRIVATE_KEY';
const KEY_PATH = 'WERCKER_OCI_PRIVATE_KEY_PATH';
const PASSPHRASE = 'WERCKER_OCI_PRIVATE_KEY_PASSPHRASE';
const NAMESPACE = 'WERCKER_OCI_NAMESPACE';
const BUCKET = 'WERCKER_OCI_BUCKETNAME';
const ENDPOINT = 'SLIPWAY_OCI_ENDPOINT';

/**
 * Reads `WERCKER_OCI_*`; what `place` says wins over the environment. `undefined` where no tenancy is named. The private
 * key is looked at, so that what is wrong with it is said at the start. `SLIPWAY_OCI_ENDPOINT`, the origin of a server
 * that speaks the protocol, takes the place of `https://objectstorage.REGION.oraclecloud.com`. Throws
 * `OciEnvironmentError`.
 */
export async function readOciEnvironment(
  environment: NodeJS.ProcessEnv,
  place: OciPlace = {},
): Promise<OciLocation | undefined> {
  if (!environment[IDENTITY.tenancy]) return undefined;
  const namespace = place.namespace || environment[NAMESPACE] || '';
  const bucket = place.bucket || environment[BUCKET] || '';
  refuseMissing(environment, namespace, bucket);
  const region = readRegion(environment[IDENTITY.region] ?? '');
  const endpoint = readEndpoint(environment[ENDPOINT]);
  const key = await readKey(environment);
  return { type: 'oci', namespace, bucket, region, key, ...(endpoint !== undefined && { endpoint }) };
}

function refuseMissing(environment: NodeJS.ProcessEnv, namespace: string, bucket: string): void {
  const missing: string[] = Object.values(IDENTITY).filter((name) => !environment[name]);
  if (!environment[KEY] && !environment[KEY_PATH]) missing.push(`${KEY} or ${KEY_PATH}`);
  if (namespace === '') missing.push(NAMESPACE);
  if (bucket === '') missing.push(BUCKET);
  if (missing.length === 0) return;
  throw new OciEnvironmentError(
    `OCI Object Storage cannot be used: ${IDENTITY.tenancy} is set, but not ${missing.join(', ')}`,
  );
}

function readRegion(region: string): string {
  if (isRegion(region)) return region;
  throw new OciEnvironmentError(
    `${IDENTITY.region} is no name of a region: expected one like us-ashburn-1, found ${JSON.stringify(region)}`,
  );
}

function readEndpoint(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const origin = parseOrigin(text);
  if (origin !== undefined) return origin;
  throw new OciEnvironmentError(`${ENDPOINT} is no origin: expected a text like https://objects.example.com`);
}

async function readKey(environment: NodeJS.ProcessEnv): Promise<OciApiKey> {
  const text = environment[KEY];
  const path = environment[KEY_PATH];
  const [privateKey, source] = text ? [text, KEY] : [await readKeyFile(path ?? ''), `${KEY_PATH}=${path}`];
  const passphrase = environment[PASSPHRASE] || undefined;
  checkKey(privateKey, passphrase, source);
  return {
    tenancy: environment[IDENTITY.tenancy] ?? '',
    user: environment[IDENTITY.user] ?? '',
    fingerprint: environment[IDENTITY.fingerprint] ?? '',
    privateKey,
    ...(passphrase !== undefined && { passphrase }),
  };
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new OciEnvironmentError(`${KEY_PATH} names ${JSON.stringify(path)}, which cannot be read${code}`, {
      cause,
    });
  }
}

// The reasons of OpenSSL stay out: they say little, and nobody promises that they never show what was parsed.
function checkKey(pem: string, passphrase: string | undefined, source: string): void {
  const isEncrypted = /ENCRYPTED/.test(pem);
  if (isEncrypted && passphrase === undefined) {
    throw new OciEnvironmentError(`The private key of ${source} is encrypted: set ${PASSPHRASE}`);
  }
  const type = keyType(pem, passphrase);
  if (type === 'rsa') return;
  if (type !== undefined) {
    throw new OciEnvironmentError(`The private key of ${source} is no RSA key: found ${type}`);
  }
  throw new OciEnvironmentError(
    isEncrypted
      ? `The private key of ${source} does not open with ${PASSPHRASE}`
      : `${source} holds no private key: expected PEM text`,
  );
}

function keyType(pem: string, passphrase: string | undefined): string | undefined {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) }).asymmetricKeyType;
  } catch {
    return undefined;
  }
}
