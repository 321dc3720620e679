import { describeEngineContract } from '../contract.ts';
import { openDockerEngine } from './index.ts';

describeEngineContract('a Docker engine', {
  open: () => openDockerEngine({ environment: process.env }),
  image: 'localhost/slipway-busybox:1',
});
