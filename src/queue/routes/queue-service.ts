import type { FastifyPluginAsync } from 'fastify';
import { type Service, type ServiceRoutesOptions, serviceRoutes } from '../service/index.ts';
import { ARTIFACT_METHODS } from './artifact-methods.ts';
import { CLAIM_METHODS } from './claim-methods.ts';
import { CREATE_ARTIFACT_METHODS } from './create-artifact.ts';
import { CREATE_TASK } from './create-task.ts';
import { GROUP_METHODS } from './group-methods.ts';
import { PROVISIONER_METHODS } from './provisioner-methods.ts';
import { PARAMETERS, type QueueContext } from './queue-context.ts';
import { QUEUE_METHODS } from './queue-methods.ts';
import { systemMethods } from './system-methods.ts';
import { TASK_METHODS } from './task-methods.ts';
import { WORKER_METHODS } from './worker-methods.ts';

/** The Queue API, all of it. */
export const QUEUE_SERVICE: Service<QueueContext> = {
  name: 'queue',
  version: 'v1',
  title: 'Queue',
  parameters: PARAMETERS,
  methods: [
    ...systemMethods<QueueContext>(),
    CREATE_TASK,
    ...TASK_METHODS,
    ...GROUP_METHODS,
    ...CLAIM_METHODS,
    ...CREATE_ARTIFACT_METHODS,
    ...ARTIFACT_METHODS,
    ...QUEUE_METHODS,
    ...PROVISIONER_METHODS,
    ...WORKER_METHODS,
  ],
};

export const DEFAULT_CLAIM_WAIT_MS = 20_000;

export interface QueueRoutesOptions
  extends Omit<ServiceRoutesOptions<QueueContext>, 'on'>,
    Omit<QueueContext, 'claimWaitMs' | 'startedAt'> {
  /** How long a claim waits for a task. @defaultValue 20 seconds */
  readonly claimWaitMs?: number;
}

/** The routes of the Queue API. */
export function queueRoutes(options: QueueRoutesOptions): FastifyPluginAsync {
  const { claimWaitMs = DEFAULT_CLAIM_WAIT_MS, now } = options;
  return serviceRoutes(QUEUE_SERVICE, { ...options, on: { ...options, claimWaitMs, startedAt: now() } });
}
