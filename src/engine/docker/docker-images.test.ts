import { describeImageContract, REGISTRY_USER } from '../contract.ts';
import { openDockerEngine } from './index.ts';
import { openTestRegistry } from './testing/test-registry.ts';

describeImageContract('a Docker engine', {
  open: () => openDockerEngine({ environment: process.env }),
  image: 'localhost/slipway-busybox:1',
  openRegistry: () => openTestRegistry({ user: REGISTRY_USER }),
});
