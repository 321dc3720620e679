import { z } from 'zod';

// How answers look, for their description: what makes them has types of its own.

export const TEXT_SCHEMA = z.string();
export const ID_SCHEMA = z.uuid();
const MOMENT = z.iso.datetime();
const COUNT = z.int().min(0);
const DIGEST = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A build, as `BuildView` has it. */
export const BUILD_SCHEMA = z.object({
  id: ID_SCHEMA,
  jobName: z.string().max(63),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  user: z.string(),
  source: z.string(),
  target: z.string(),
  kind: z.string().optional(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  phase: z.enum(['prepare', 'build', 'push', 'attest']).optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  fileDigest: DIGEST.optional(),
  sourceDigest: DIGEST.optional(),
  image: z
    .object({
      reference: z.string(),
      digest: DIGEST,
      sizeBytes: COUNT.optional(),
      addedBytes: COUNT.optional(),
    })
    .optional(),
  reusedFrom: ID_SCHEMA.optional(),
  extends: ID_SCHEMA.optional(),
  attempts: COUNT,
  createdAt: MOMENT,
  startedAt: MOMENT.optional(),
  endedAt: MOMENT.optional(),
  attestation: z.enum(['attached', 'failed', 'off']).optional(),
});

/** What `status` gives, by name. */
export const STATUS_SCHEMAS = {
  id: ID_SCHEMA,
  job_name: TEXT_SCHEMA,
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed']),
  active: COUNT,
  succeeded: COUNT,
  failed: COUNT,
  startTime: MOMENT.nullable(),
  completionTime: MOMENT.nullable(),
  build: BUILD_SCHEMA,
};

/** What is in an image, as `ImageReport` has it. */
export const REPORT_SCHEMA = z.object({
  digest: DIGEST,
  sizeBytes: COUNT,
  addedBytes: COUNT,
  layers: z.array(z.object({ digest: DIGEST, sizeBytes: COUNT, isAdded: z.boolean() })),
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      purl: z.string(),
      license: z.string().optional(),
      sizeBytes: COUNT.optional(),
      isAdded: z.boolean(),
    }),
  ),
  attached: z.object({ sbom: DIGEST.optional(), provenance: DIGEST.optional() }),
});
