import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { checkKey } from '../key.ts';
import type { S3Location } from '../location.ts';
import type { ObjectStore } from '../store.ts';
import type { Bucket, S3Tuning } from './bucket.ts';
import { headObject, isExpired } from './head-object.ts';
import { listObjects } from './list-objects.ts';
import { openObject } from './open-object.ts';
import { putObject } from './put-object.ts';
import { removeExpiredObjects, removeObject } from './remove-objects.ts';

/** As many as the original's; between them the client waits longer each time. */
const TRIES = 3;
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

/**
 * A bucket behind the S3 API: AWS's own, or with an endpoint any server that speaks it. Objects are private and, unless
 * told otherwise, encrypted by the server (SSE-S3). Nothing is asked before the first call.
 */
export function openS3Store(location: S3Location, tuning: S3Tuning = {}): ObjectStore {
  const { bucket: name, endpoint } = location;
  const bucket: Bucket = {
    client: new S3Client(clientConfig(location)),
    location,
    name: endpoint === undefined ? `s3://${name}` : `s3://${name} at ${new URL(endpoint).origin}`,
    now: tuning.now ?? Date.now,
    partBytes: tuning.partBytes,
    takesAcls: true,
    isKnown: false,
  };
  return {
    name: bucket.name,
    put: (key, content, options = {}) => putObject(bucket, key, content, options),
    async head(key, { signal } = {}) {
      checkKey(key);
      const found = await headObject(bucket, key, signal);
      return found === undefined || isExpired(found.object, bucket.now()) ? undefined : found.object;
    },
    open: (key, options = {}) => openObject(bucket, key, options),
    list: (options = {}) => listObjects(bucket, options),
    remove: (key, { signal } = {}) => removeObject(bucket, key, signal),
    removeExpired: (options) => removeExpiredObjects(bucket, options),
    [Symbol.asyncDispose]: async () => bucket.client.destroy(),
  };
}

function clientConfig({ region, endpoint, credentials, silenceMs }: S3Location): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }; // the callers bound what they ask for
  return {
    region,
    maxAttempts: TRIES,
    retryMode: 'standard',
    // The signature covers each body's SHA-256 already, and servers other than AWS's do not know every other checksum.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, silenceMs ?? CONNECT_MS),
      socketTimeout: silenceMs ?? SILENCE_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(credentials !== undefined && { credentials }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  };
}
