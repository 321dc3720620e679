import { z } from 'zod';
import type { CachedRecord as Record, TimelineEntry } from './record.ts';

// Loaded only where something was found: a run that misses needs no zod.

const MAX_STEPS = 10_000;
const MAX_INPUTS = 500_000;

const count = z.int().min(0);
const time = z.int().min(0).max(8.64e15); // what is later is no date
const durationMs = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const step = count.max(MAX_STEPS);

export const CachedRecord = z.object({
  version: z.literal(1),
  key: sha256,
  inputs: z
    .array(
      z.object({
        kind: z.enum(['format', 'pipeline', 'box', 'service', 'step', 'environment', 'source']),
        name: z.string(),
        digest: z.string().exactOptional(),
        isSecret: z.boolean().exactOptional(),
        shown: z.string().exactOptional(),
      }),
    )
    .max(MAX_INPUTS),
  runId: z.string().max(200),
  application: z.object({ id: z.string(), name: z.string() }),
  pipeline: z.string(),
  startedAt: time,
  durationMs,
  slipway: z.string(),
  steps: step,
  artifacts: z
    .array(z.object({ step: step.exactOptional(), sha256, sizeBytes: count }))
    .max(MAX_STEPS)
    .refine((all) => new Set(all.map((each) => each.step)).size === all.length, {
      error: 'two artifacts of one step',
    }),
}) satisfies z.ZodType<Record>;

const phase = z.enum([
  'copy source',
  'setup environment',
  'store artifacts',
  'store cache',
  'commit',
  'clean up',
]);
const stepPhase = z.enum(['main', 'after']);
const common = { at: time, step: step.exactOptional() };

const entry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('output'), ...common, from: count, bytes: count }),
  z.object({
    type: z.literal('step-started'),
    ...common,
    displayName: z.string(),
    phase: stepPhase,
    index: count,
    count,
  }),
  z.object({
    type: z.literal('step-finished'),
    ...common,
    displayName: z.string(),
    phase: stepPhase,
    result: z.enum(['passed', 'failed', 'skipped', 'interrupted']),
    durationMs,
    exitCode: z.int().exactOptional(),
    message: z.string().exactOptional(),
    detail: z.string().exactOptional(),
  }),
  z.object({ type: z.literal('after-steps-started'), ...common, count }),
  z.object({
    type: z.literal('service-ready'),
    ...common,
    service: z.string(),
    probe: z.string(),
    durationMs,
  }),
  z.object({ type: z.literal('service-output'), ...common, service: z.string(), text: z.string() }),
  z.object({
    type: z.literal('notice'),
    ...common,
    level: z.enum(['debug', 'info', 'warning', 'error']),
    text: z.string(),
  }),
  z.object({ type: z.literal('phase-started'), ...common, phase }),
  z.object({
    type: z.literal('phase-finished'),
    ...common,
    phase,
    result: z.enum(['passed', 'failed']),
    durationMs,
  }),
]) satisfies z.ZodType<TimelineEntry>;

export const Timeline = z.array(entry).max(100_000) satisfies z.ZodType<TimelineEntry[]>;

export const TarRecipe = z.object({
  version: z.literal(1),
  /** Bytes of the rest, then the file whose content follows them and its size. */
  pieces: z.array(z.tuple([count, z.string(), count])).max(1_000_000),
});
