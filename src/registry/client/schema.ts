import { z } from 'zod';
import { isDigest } from './names.ts';

/*
 * What registries answer: only what is used of it, and all of it bounded.
 */

export const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional().catch(undefined),
});

const Name = z.string().min(1).max(300);

export const CatalogPage = z.object({ repositories: z.array(Name).nullish() });

/** `tags` is null where the last image was deleted. */
export const TagsPage = z.object({ tags: z.array(Name).nullish() });

export const ErrorAnswer = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

const MediaType = z
  .string()
  .max(255)
  .regex(/^[\w.+-]+\/[\w.+-]+$/);

export const DescriptorFields = z.object({
  mediaType: MediaType,
  digest: z.string().refine(isDigest),
  size: z.number().int().nonnegative(),
  artifactType: MediaType.optional().catch(undefined),
  annotations: z.record(z.string(), z.string()).optional().catch(undefined),
});

/** Of images, artifacts and indexes alike. */
export const ManifestFields = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  manifests: z.array(DescriptorFields).optional(),
  config: DescriptorFields.optional(),
  layers: z.array(DescriptorFields).optional(),
});
