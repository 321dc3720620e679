import { z } from 'zod';
import { PROJECT_ID, SLUGID } from '../../../queue-api/index.ts';

/** Of what comes within the request itself. */
export const MAX_INLINE_BYTES = 8192;
const MAX_INLINE_CHARACTERS = 4 * Math.ceil(MAX_INLINE_BYTES / 3);

const Moment = z.iso.datetime({ offset: true });
const ProjectId = z.string().regex(PROJECT_ID);
const UploadId = z.string().regex(SLUGID);
const ContentType = z
  .string()
  .max(255)
  .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII'); // it becomes a header

/** Algorithms that nobody knows here mean nothing. */
const Hashes = z.looseObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 digits of hex')
    .exactOptional(),
  sha512: z
    .string()
    .regex(/^[0-9a-f]{128}$/, 'expected 128 digits of hex')
    .exactOptional(),
});

/** Of the ways that a client proposes one is taken; those that nobody knows here are not. */
export const CreateUpload = z.strictObject({
  projectId: ProjectId,
  uploadId: UploadId,
  expires: Moment,
  hashes: Hashes.exactOptional(),
  proposedUploadMethods: z.looseObject({
    dataInline: z
      .strictObject({ contentType: ContentType, objectData: z.base64().max(MAX_INLINE_CHARACTERS) })
      .exactOptional(),
    putUrl: z.strictObject({ contentType: ContentType, contentLength: z.int().min(0) }).exactOptional(),
  }),
});

const UploadMethod = z.strictObject({
  dataInline: z.literal(true).exactOptional(),
  putUrl: z
    .strictObject({ url: z.url(), expires: Moment, headers: z.record(z.string(), z.string()) })
    .exactOptional(),
});

export const CreatedUpload = z.strictObject({
  projectId: ProjectId,
  uploadId: UploadId,
  expires: Moment,
  uploadMethod: UploadMethod,
});

export const FinishUpload = z.strictObject({
  projectId: ProjectId,
  uploadId: UploadId,
  hashes: Hashes.exactOptional(),
});

export const StartDownload = z.strictObject({
  acceptDownloadMethods: z.looseObject({
    getUrl: z.literal(true).exactOptional(),
    simple: z.literal(true).exactOptional(),
  }),
});

const FoundHashes = z.strictObject({ sha256: z.string(), sha512: z.string() });

export const StartedDownload = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('getUrl'), url: z.url(), expires: Moment, hashes: FoundHashes }),
  z.strictObject({ method: z.literal('simple'), url: z.url() }),
]);

export const ObjectFacts = z.strictObject({ projectId: ProjectId, expires: Moment, hashes: FoundHashes });
export const ObjectAddress = z.strictObject({ url: z.url() });
