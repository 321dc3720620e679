import { describeBackendContract } from '../contract.ts';
import { openDockerRig } from './testing/rig.ts';

describeBackendContract('a Docker engine', openDockerRig);
