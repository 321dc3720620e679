import { z } from 'zod';
import { FORMAT_VERSION } from './format.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const path = z.string().min(1).max(4096);

/** Only what has to be understood to say that the rest is not. */
export const AnyHead = z.looseObject({ format: z.literal('slipway-backup'), version: z.int().positive() });

export const BackupHead = z.looseObject({
  format: z.literal('slipway-backup'),
  version: z.literal(FORMAT_VERSION),
  program: z.string(),
  startedAt: z.iso.datetime(),
  database: z.enum(['sqlite', 'postgres', 'none']),
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
});

export const ManifestLine = z.union([
  z.object({
    path,
    sizeBytes: count,
    sha256,
    mode: count.max(0o7777).exactOptional(),
    modifiedAt: z.number().nonnegative().exactOptional(),
  }),
  z.object({ dropped: path }),
]);

export const FactsLine = z.object({
  key: path,
  mediaType: z.string().exactOptional(),
  expiresAt: z.number().exactOptional(),
});

export const BackupEnd = z.looseObject({
  files: count,
  sizeBytes: count,
  dropped: count,
  endedAt: z.iso.datetime(),
  sha256,
});
