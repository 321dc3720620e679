import { describeEngineContract } from '../contract.ts';
import { createFakeEngine } from './index.ts';

describeEngineContract('the fake engine', {
  open: () => createFakeEngine(),
  image: 'localhost/slipway-busybox:1',
  onlyRoot: process.getuid?.() !== 0,
});
