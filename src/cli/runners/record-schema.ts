import { z } from 'zod';
import type { RunnerRecord } from './records.ts';

const SCHEMA: z.ZodType<RunnerRecord> = z.object({
  name: z.string(),
  base: z.string(),
  group: z.string(),
  queue: z.string(),
  rootUrl: z.string(),
  pid: z.int().positive(),
  owner: z.object({ host: z.string(), process: z.string() }),
  startedAt: z.number(),
  storePath: z.string().optional(),
  logFile: z.string().optional(),
}) as z.ZodType<RunnerRecord>; // zod's optional also takes `undefined`, which JSON does not have

export function runnerRecord(text: string): RunnerRecord | undefined {
  try {
    return SCHEMA.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
