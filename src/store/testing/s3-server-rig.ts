import { afterEach, beforeEach } from 'vitest';
import { bytesOf } from '../contract/content.ts';
import type { S3Location } from '../location.ts';
import { openS3Store } from '../s3/open-s3-store.ts';
import type { ObjectStore } from '../store.ts';
import { type S3Fault, type S3Operation, type S3Server, startS3Server } from './s3-server.ts';

export const PART = 200_000;
/** Three parts. */
export const LARGE = bytesOf(500_000);
export const SMALL = bytesOf(100_000);

/** For what is to time out, and for nothing else: a busy machine is slow as well. */
export const IMPATIENT = { silenceMs: 400 };

export const refuse = (status: number, code: string): S3Fault => ({ type: 'refuse', status, code });

/** A server for each test of a file, and stores that are closed after it. */
export interface S3Rig {
  readonly server: S3Server;
  openStore(location?: Partial<S3Location>): ObjectStore;
  /** How often something was asked. */
  asked(operation: S3Operation): number;
}

export function useS3Rig(): S3Rig {
  let server: S3Server;
  const stores: ObjectStore[] = [];
  beforeEach(async () => {
    server = await startS3Server({ minPartBytes: PART });
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return {
    get server() {
      return server;
    },
    openStore(location = {}) {
      const { bucket, region, endpoint, credentials } = server;
      const own: S3Location = { type: 's3', bucket, region, endpoint, credentials };
      const store = openS3Store({ ...own, ...location }, { partBytes: PART });
      stores.push(store);
      return store;
    },
    asked: (operation) => server.requests.filter((request) => request.operation === operation).length,
  };
}
