import { afterAll, beforeAll } from 'vitest';
import { describeStoreContract } from '../contract.ts';
import { type S3Server, startS3Server } from '../testing/s3-server.ts';
import { openS3Store } from './open-s3-store.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server[Symbol.asyncDispose]());

describeStoreContract('the S3 API', {
  open: async ({ now }) => {
    server.empty();
    const { bucket, region, endpoint, credentials } = server;
    return openS3Store(
      { type: 's3', bucket, region, endpoint, credentials },
      { now, partBytes: 5 * 1024 * 1024 },
    );
  },
  shuffledRuns: 5,
});
