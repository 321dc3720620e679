import { OWN_MACHINE } from '../../worker/index.ts';
import type { CommandContext } from '../command.ts';
import type { WorkerForm } from '../worker/form.ts';
import { runWorker } from '../worker/run-worker.ts';

const SLIPWAY: WorkerForm = {
  provisionerId: 'local',
  hasProfile: false,
  base: OWN_MACHINE,
  capacityByMemory: false,
  isOwnMachine: true,
  alwaysJson: false,
};

/** The form of 2014: it stays when it is idle, unless it is told to power its machine off. */
const EARLY: WorkerForm = {
  ...SLIPWAY,
  provisionerId: 'aws-provisioner',
  capacityByMemory: true,
  isOwnMachine: false,
  alwaysJson: true,
};

const PROFILED: WorkerForm = {
  hasProfile: true,
  base: {},
  capacityByMemory: false,
  isOwnMachine: false,
  alwaysJson: true,
};

/** `slipway worker start` */
export const workerStart = (context: CommandContext): Promise<number> => runWorker(context, SLIPWAY);

/** `docker-worker start` */
export const dockerWorkerStart = (context: CommandContext): Promise<number> => runWorker(context, EARLY);

/** `docker-worker [options] PROFILE` */
export const dockerWorker = (context: CommandContext): Promise<number> => runWorker(context, PROFILED);
