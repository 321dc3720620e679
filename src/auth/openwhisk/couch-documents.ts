import { z } from 'zod';

// Loaded only where there is a CouchDB. What is not used of a document is not looked at.

/** Of the database `subjects`: whose tokens these are. */
export const Subject = z.object({
  subject: z.string().min(1).max(1024),
  blocked: z.boolean().optional(),
  namespaces: z.array(z.object({ uuid: z.string(), key: z.string() })),
});

/** A value that is no text is one of Slipway's business no more than of the original's. */
const Variables = z
  .array(z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, String(value)])));

/** Of the database `users_metadata`: who that is. */
export const UserMetadata = z.object({
  // Letters beyond ASCII may have one of another user's as their lower case: the sign for kelvin has k.
  login: z
    .string()
    .max(255)
    .regex(/^[\x21-\x7e]+$/),
  email: z.string().max(1024).nullish(),
  env: Variables.nullish(),
  userenv: Variables.nullish(),
});
