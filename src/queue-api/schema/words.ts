import { z } from 'zod';
import { ARTIFACT_NAME, IDENTIFIER, PROJECT_ID, SLUGID, WORKER_TYPE } from '../ids.ts';
import type { JsonObject } from '../task.ts';

/** ISO 8601 with a zone. What the moments mean to each other is the queue's to check. */
export const Moment = z.iso.datetime({
  offset: true,
  error: 'expected a moment in ISO 8601, 2026-01-31T12:00:00Z',
});
export const Slugid = z
  .string()
  .regex(SLUGID, 'expected an id of 22 characters, the base64url of a UUID of version 4');
export const Identifier = z.string().regex(IDENTIFIER, 'expected 1 to 38 letters, digits, - and _');
export const WorkerType = z
  .string()
  .regex(WORKER_TYPE, 'expected 1 to 38 lower-case letters, digits and -, a letter first and no - last');
export const ProjectId = z.string().regex(PROJECT_ID, 'expected 1 to 500 letters, digits, ., _, / and -');
export const ArtifactName = z.string().regex(ARTIFACT_NAME, 'expected 1 to 1024 printable ASCII characters');

/** `<provisionerId>/<workerType>` */
export const TaskQueueId = z
  .string()
  .regex(
    new RegExp(`${IDENTIFIER.source.slice(0, -1)}/${WORKER_TYPE.source.slice(1)}`),
    'expected PROVISIONER/WORKERTYPE',
  );

/** Printable ASCII, and no two stars at the end: nobody could tell what such a scope is meant to cover. */
export const Scope = z
  .string()
  .regex(/^(?![\x20-\x7e]*\*\*$)[\x20-\x7e]*$/, 'expected printable ASCII without two stars at its end');

/**
 * Any object of JSON. What it holds was parsed from JSON, so that it can be nothing else: it is looked at no further, since
 * payloads may be large.
 */
export const AnyObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .meta({ type: 'object' });
