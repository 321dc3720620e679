import { afterAll } from 'vitest';
import { describeStoreContract } from '../contract.ts';
import { startOciServer } from '../testing/oci-server.ts';
import { openOciStore } from './open-oci-store.ts';

// The smallest parts make most contents of the contract go up in many of them.
const server = await startOciServer({ pageLimit: 50 });
afterAll(() => server[Symbol.asyncDispose]());

describeStoreContract('OCI Object Storage, in one request', {
  open: async ({ now }) => {
    server.clear();
    return openOciStore(server.location, { now });
  },
  shuffledRuns: 5,
});

describeStoreContract('OCI Object Storage, in parts', {
  open: async ({ now }) => {
    server.clear();
    return openOciStore(server.location, { now, limits: { partBytes: 30_000, partsAtOnce: 3 } });
  },
  shuffledRuns: 5,
});
