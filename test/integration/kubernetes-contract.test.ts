import { describe, it } from 'vitest';
import { describeBackendContract } from '../../src/builder/contract.ts';
import { KUBECONFIG, NO_CLUSTER } from '../support/cluster.ts';
import { openClusterRig } from '../support/cluster-contract.ts';

if (KUBECONFIG === undefined) {
  describe('a real Kubernetes, as a backend of the image builder', () => void it.skip(NO_CLUSTER, () => {}));
} else {
  describeBackendContract('a real Kubernetes', async () => await openClusterRig(KUBECONFIG ?? ''));
}
