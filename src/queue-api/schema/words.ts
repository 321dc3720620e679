import { z } from 'zod';
import { ARTIFACT_NAME, IDENTIFIER, PROJECT_ID, SLUGID, WORKER_TYPE } from '../ids.ts';
import type { JsonObject } from '../task.ts';

/** ISO 8601 with a zone. What the moments mean to each other is the queue's to check. */
export const Moment = z.iso.datetime({ offset: true });
export const Slugid = z.string().regex(SLUGID);
export const Identifier = z.string().regex(IDENTIFIER);
export const WorkerType = z.string().regex(WORKER_TYPE);
export const ProjectId = z.string().regex(PROJECT_ID);
export const ArtifactName = z.string().regex(ARTIFACT_NAME);

/** `<provisionerId>/<workerType>` */
export const TaskQueueId = z
  .string()
  .regex(new RegExp(`${IDENTIFIER.source.slice(0, -1)}/${WORKER_TYPE.source.slice(1)}`));

/** Printable ASCII, and no two stars at the end: nobody could tell what such a scope is meant to cover. */
export const Scope = z.string().regex(/^(?![\x20-\x7e]*\*\*$)[\x20-\x7e]*$/);

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
