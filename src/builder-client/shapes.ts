import { z } from 'zod';

// What of answers is relied on. Servers may say more: that is let through, and not looked at.

const words = z.string().max(100_000);
const count = z.int().min(0);
const moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'expected a moment');
const Id = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'expected the id of a build');
const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits');

const Image = z.object({
  reference: words,
  digest: Digest,
  sizeBytes: count.exactOptional(),
  addedBytes: count.exactOptional(),
});

/** As Slipway tells of a build. */
const Build = z.object({
  id: Id,
  jobName: words,
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  user: words.exactOptional(),
  kind: words.exactOptional(),
  source: words.exactOptional(),
  target: words.exactOptional(),
  key: words.exactOptional(),
  phase: words.exactOptional(),
  reason: words.exactOptional(),
  message: words.exactOptional(),
  image: Image.exactOptional(),
  reusedFrom: words.exactOptional(),
  extends: words.exactOptional(),
  attempts: count.exactOptional(),
  createdAt: moment.exactOptional(),
  startedAt: moment.exactOptional(),
  endedAt: moment.exactOptional(),
  attestation: words.exactOptional(),
});

const PHASES = {
  Pending: 'queued',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
} as const;

/** As servers of the original's family tell of one. */
const JobStatus = z
  .object({
    id: Id,
    job_name: words,
    phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed']),
    startTime: moment.nullish(),
    completionTime: moment.nullish(),
  })
  .transform(({ id, job_name, phase, startTime, completionTime }) => ({
    id,
    jobName: job_name,
    state: PHASES[phase],
    ...(startTime && { startedAt: startTime }),
    ...(completionTime && { endedAt: completionTime }),
  }));

const Report = z.object({
  digest: Digest,
  sizeBytes: count,
  addedBytes: count,
  layers: z.array(z.object({ digest: Digest, sizeBytes: count, isAdded: z.boolean() })),
  packages: z.array(
    z.object({
      name: words,
      version: words,
      purl: words,
      license: words.exactOptional(),
      sizeBytes: count.exactOptional(),
      isAdded: z.boolean(),
    }),
  ),
  attached: z.object({ sbom: Digest.exactOptional(), provenance: Digest.exactOptional() }),
});

/** By what is asked for. */
export const SHAPES = {
  started: z.object({
    id: Id,
    job_name: words,
    build: Build.exactOptional(),
    warnings: z.array(words).exactOptional(),
  }),
  build: z.union([z.object({ build: Build }).transform(({ build }) => build), JobStatus]),
  builds: z.object({ builds: z.array(Build), continuationToken: words.exactOptional() }),
  report: z.object({ report: Report }),
  keys: z.object({ keys: z.array(z.object({ id: Digest, pem: z.string().max(4096) })).max(100) }),
  cleaned: z.object({
    message: z.string().regex(/^Cleaned up \d{1,15} jobs successfully/, 'expected how many were cleaned up'),
  }),
} as const;
