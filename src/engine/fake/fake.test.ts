import { describeEngineContract, REGISTRY_USER } from '../contract.ts';
import { createFakeEngine } from './index.ts';

describeEngineContract('the fake engine', {
  open: () => createFakeEngine({ pushHosts: { 'registry.test': { credentials: REGISTRY_USER } } }),
  image: 'localhost/slipway-busybox:1',
  openRegistry: async () => 'registry.test',
  onlyRoot: process.getuid?.() !== 0,
});
