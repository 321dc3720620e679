import { z } from 'zod';

/*
 * What is used of an image's manifest and configuration.
 */

const MAX_LAYERS = 512; // engines take 127

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const LayerDescriptor = z.object({
  digest: Digest,
  size: z.number().int().nonnegative(),
});

export const ImageManifest = z.object({
  config: LayerDescriptor,
  layers: z.array(LayerDescriptor).max(MAX_LAYERS),
});

/** An image for several platforms. */
export const ImageIndex = z.object({
  manifests: z
    .array(
      z.object({
        digest: Digest,
        platform: z.object({ os: z.string().optional(), architecture: z.string().optional() }).optional(),
        annotations: z.record(z.string(), z.string()).optional(),
      }),
    )
    .max(1000),
});

export const ImageConfig = z.object({
  os: z.string().optional(),
  architecture: z.string().optional(),
  history: z
    .array(z.object({ created_by: z.string().optional(), empty_layer: z.boolean().optional() }))
    .nullish(),
});
