import { z } from 'zod';

// Only the fields that are used; the service may add what it likes.

const Name = z.string().min(1);
const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** A strong entity tag, which the service writes without quotes: a version of the port. */
export const Etag = z.string().regex(/^[!#-~]{1,200}$/);

export const ServiceError = z.object({ code: z.string().regex(/^[\w.-]{1,80}$/) });

export const ObjectList = z.object({
  objects: z.array(
    z.object({
      name: Name,
      size: z.number().int().nonnegative(),
      etag: Etag,
      timeModified: Time,
    }),
  ),
  nextStartWith: Name.optional(),
});
export type ObjectList = z.infer<typeof ObjectList>;

export const MultipartUpload = z.object({ uploadId: z.string().min(1) });

export const PreAuthenticatedRequest = z.object({ id: Name, accessUri: z.string().startsWith('/p/') });

export const PreAuthenticatedRequests = z.array(
  z.object({ id: Name, name: z.string(), accessType: z.string(), timeExpires: Time }),
);
export type PreAuthenticatedRequests = z.infer<typeof PreAuthenticatedRequests>;
