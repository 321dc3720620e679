import { z } from 'zod';

const Metadata = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  ownerReferences: z.array(z.object({ uid: z.string() })).nullish(),
});

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

export const Job = z.object({
  metadata: Metadata,
  status: z
    .object({
      conditions: z.array(Condition).nullish(),
      startTime: z.string().nullish(),
      completionTime: z.string().nullish(),
    })
    .nullish(),
});
export type Job = z.infer<typeof Job>;

const Ended = z.object({
  exitCode: z.number(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const Container = z.object({
  name: z.string(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).nullish(),
      running: z.object({}).nullish(),
      terminated: Ended.nullish(),
    })
    .nullish(),
});

export const Pod = z.object({
  metadata: Metadata,
  status: z
    .object({
      phase: z.string().optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      conditions: z.array(Condition).nullish(),
      containerStatuses: z.array(Container).nullish(),
    })
    .nullish(),
});
export type Pod = z.infer<typeof Pod>;

/** Something that the cluster says of an object. */
export const ClusterEvent = z.object({
  metadata: Metadata,
  type: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  involvedObject: z.object({
    kind: z.string().optional(),
    name: z.string().optional(),
    uid: z.string().optional(),
  }),
});
export type ClusterEvent = z.infer<typeof ClusterEvent>;

export const ConfigMap = z.object({
  metadata: Metadata,
  data: z.record(z.string(), z.string()).nullish(),
});

export const Secret = z.object({
  metadata: Metadata,
  type: z.string().nullish(),
  /** Each in base64. */
  data: z.record(z.string(), z.string()).nullish(),
});

export const JobList = z.object({ items: z.array(Job).nullable() });
