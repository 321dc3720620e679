import { z } from 'zod';

const MAX_SIGNATURES = 16;

export const Envelope = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.array(z.object({ sig: z.base64() })).max(MAX_SIGNATURES),
});

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const LayerFields = z.looseObject({
  mediaType: z.string(),
  digest: Digest,
  size: z.number().int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** A manifest whose layers are envelopes. */
export const EnvelopesManifest = z.object({ layers: z.array(LayerFields).max(1000) });

/** What is used of a statement. */
export const Statement = z.object({
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).max(1000),
  predicate: z.unknown(),
});

/** What is shown of a provenance of ours. */
export const Provenance = z.object({
  buildDefinition: z.object({
    buildType: z.string(),
    externalParameters: z.object({
      source: z.string().optional(),
      target: z.string().optional(),
      kind: z.string().optional(),
      requirements: z.object({ digest: z.object({ sha256: z.string() }) }).optional(),
    }),
    resolvedDependencies: z
      .array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) }))
      .optional(),
  }),
  runDetails: z.object({
    builder: z.object({ id: z.string() }),
    metadata: z.object({ invocationId: z.string().optional(), finishedOn: z.string().optional() }).optional(),
  }),
});
