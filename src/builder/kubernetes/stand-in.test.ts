import { describeBackendContract } from '../contract.ts';
import { openStandInRig } from './testing/contract-rig.ts';

describeBackendContract('a stand-in for Kubernetes', openStandInRig);
