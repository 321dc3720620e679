import { describe } from 'vitest';
import { describeBuilds } from './contract/building.ts';
import { describeEnds, describeRemains } from './contract/ending.ts';
import { describeRegistries } from './contract/registries.ts';
import { type BackendRig, useContractRig } from './contract/rig.ts';
import { describeTenants } from './contract/tenants.ts';

export { BASE, type BackendRig, type LostServer } from './contract/rig.ts';

/** Clusters start a pod for each build. */
const TEST_TIMEOUT_MS = 120_000;

/** What every `BuildBackend` does, as tests. Each implementation registers it in its own test file. */
export function describeBackendContract(name: string, open: () => Promise<BackendRig>): void {
  describe(`${name}, as a backend of the image builder`, { timeout: TEST_TIMEOUT_MS }, () => {
    const rig = useContractRig(open);
    // Each has builds of its own, and waits for them.
    describe.concurrent('beside others', () => {
      describeBuilds(rig);
      describeRegistries(rig);
      describeEnds(rig);
      describeTenants(rig);
    });
    describeRemains(rig);
  });
}
