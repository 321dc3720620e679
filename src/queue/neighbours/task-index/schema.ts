import { z } from 'zod';
import type { JsonObject } from '../../../queue-api/index.ts';
import { SLUGID } from '../../../queue-api/index.ts';
import { isIndexPath } from './index-path.ts';

const MAX_DATA_CHARACTERS = 32 * 1024;

const Data = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .refine((data) => JSON.stringify(data).length <= MAX_DATA_CHARACTERS, 'expected at most 32 KB of JSON')
  .meta({ type: 'object' });
const Moment = z.iso.datetime({ offset: true });
const TaskId = z.string().regex(SLUGID);

export const InsertTask = z.strictObject({
  taskId: TaskId,
  rank: z.number(),
  data: Data,
  expires: Moment,
});

export const FindTasks = z.strictObject({
  indexes: z
    .array(z.string().refine(isIndexPath, 'expected names with dots between them'))
    .max(1000)
    .default([]),
});

export const IndexedTaskAnswer = z.strictObject({ namespace: z.string(), ...InsertTask.shape });

const page = { continuationToken: z.string().exactOptional() };
export const IndexedTasksAnswer = z.strictObject({ tasks: z.array(IndexedTaskAnswer), ...page });
export const NamespacesAnswer = z.strictObject({
  namespaces: z.array(z.strictObject({ namespace: z.string(), name: z.string(), expires: Moment })),
  ...page,
});
