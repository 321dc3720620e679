import { z } from 'zod';
import { SLUGID } from '../queue-api/index.ts';

// What of answers is relied on. Other servers of the API may say more, or say it in a newer way: that is let through.

const RunState = z.enum(['pending', 'running', 'completed', 'failed', 'exception']);
const TaskState = z.enum(['unscheduled', ...RunState.options]);
const runId = z.int().min(0).max(1000);
const moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'expected a moment');
const words = z.array(z.string());

const TaskId = z.string().regex(SLUGID);

const Status = z.looseObject({
  taskId: TaskId,
  state: TaskState,
  retriesLeft: z.int(),
  runs: z.array(z.looseObject({ runId, state: RunState })),
});

const Task = z.looseObject({
  taskGroupId: TaskId,
  created: moment,
  deadline: moment,
  expires: moment,
  dependencies: words,
  scopes: words,
  routes: words,
  payload: z.looseObject({}),
  metadata: z.looseObject({ name: z.string(), source: z.string() }),
});

/** What signs has no character that would end its place in a header. */
const Credentials = z.looseObject({
  clientId: z.string().regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/),
  accessToken: z.string().min(1),
  certificate: z.string().optional(),
});

const Reclaim = z.looseObject({
  status: Status,
  runId,
  takenUntil: moment,
  workerGroup: z.string(),
  workerId: z.string(),
  credentials: Credentials,
});

const page = { continuationToken: z.string().optional() };
const StorageType = z.enum(['s3', 'object', 'reference', 'link', 'error']);

/** By the method that they answer. */
export const SHAPES = {
  status: z.looseObject({ status: Status }),
  task: Task,
  tasks: z.looseObject({ tasks: z.array(z.looseObject({ status: Status, task: Task })), ...page }),
  claims: z.looseObject({ tasks: z.array(Reclaim.extend({ task: Task })) }),
  reclaim: Reclaim,
  createdArtifact: z.looseObject({ storageType: StorageType, putUrl: z.url().optional() }),
  artifactContent: z.union([
    z.looseObject({ storageType: z.enum(['s3', 'reference']), url: z.url() }),
    z.looseObject({ storageType: z.literal('object'), name: z.string(), credentials: Credentials }),
    z.looseObject({ storageType: z.literal('error'), reason: z.string(), message: z.string() }),
  ]),
  download: z.union([
    z.looseObject({
      method: z.literal('getUrl'),
      url: z.url(),
      hashes: z.looseObject({
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
      }),
    }),
    z.looseObject({ method: z.literal('simple'), url: z.url() }),
  ]),
  artifacts: z.looseObject({
    artifacts: z.array(
      z.looseObject({ storageType: StorageType, name: z.string(), expires: moment, contentType: z.string() }),
    ),
    ...page,
  }),
  indexedTask: z.looseObject({ taskId: TaskId }),
  purgeRequests: z.looseObject({
    requests: z.array(z.looseObject({ cacheName: z.string(), before: moment })),
  }),
  scopes: z.looseObject({ scopes: words }),
  usage: z.looseObject({
    from: moment,
    to: moment,
    projects: z.array(
      z.looseObject({
        project: z.string(),
        runs: z.int(),
        failedRuns: z.int(),
        minutes: z.number(),
        bytes: z.int(),
      }),
    ),
  }),
  product: z.looseObject({ product: z.string() }),
  anything: z.unknown(),
} as const;

export type ShapeName = keyof typeof SHAPES;
