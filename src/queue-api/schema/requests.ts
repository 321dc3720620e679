import { z } from 'zod';
import { ERROR_REASONS } from '../artifact.ts';
import { REPORTED_REASONS } from '../status.ts';
import { PriorityWord } from './task.ts';
import { ArtifactName, Identifier, Moment, Slugid } from './words.ts';

const MAX_TASK_IDS = 10_000;
const MAX_CLAIMS = 32;

/** tasks, statuses */
export const TaskIds = z.strictObject({ taskIds: z.array(Slugid).min(1).max(MAX_TASK_IDS) });

/** claimTask */
export const WorkerName = z.strictObject({ workerGroup: Identifier, workerId: Identifier });

/** claimWork */
export const ClaimWork = z.strictObject({
  workerGroup: Identifier,
  workerId: Identifier,
  tasks: z.int().min(1).max(MAX_CLAIMS).default(1),
});

/** reportException */
export const ExceptionReport = z.strictObject({ reason: z.enum(REPORTED_REASONS) });

/** changeTaskPriority, changeTaskGroupPriority */
export const NewPriority = z.strictObject({ newPriority: PriorityWord });

/** quarantineWorker */
export const Quarantine = z.strictObject({
  quarantineUntil: Moment,
  quarantineInfo: z.string().max(4000).exactOptional(),
});

/** declareWorker */
export const WorkerDeclaration = z.strictObject({ expires: Moment.exactOptional() });

/** finishArtifact */
export const FinishedUpload = z.strictObject({ uploadId: Slugid });

export const ArtifactErrorReason = z.enum(ERROR_REASONS);
export const StorageType = z.enum(['s3', 'object', 'reference', 'link', 'error']);

const ContentType = z
  .string()
  .max(255)
  .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII'); // it becomes a header
const ContentLength = z.int().min(0);

const stored = <const T extends 's3' | 'object'>(storageType: T) =>
  z.strictObject({
    storageType: z.literal(storageType),
    expires: Moment,
    contentType: ContentType,
    contentLength: ContentLength.exactOptional(),
  });

/** createArtifact */
export const ArtifactRequest = z.discriminatedUnion('storageType', [
  stored('s3'),
  stored('object'),
  z.strictObject({
    storageType: z.literal('reference'),
    expires: Moment,
    contentType: ContentType,
    // What a browser is sent to: `javascript:` and the like would run in the server's name.
    url: z
      .string()
      .max(8192)
      .regex(/^https?:\/\/[\x21-\x7e]+$/i, 'expected an address of the web'),
  }),
  z.strictObject({
    storageType: z.literal('link'),
    expires: Moment,
    contentType: ContentType.exactOptional(),
    artifact: ArtifactName,
  }),
  z.strictObject({
    storageType: z.literal('error'),
    expires: Moment,
    reason: ArtifactErrorReason,
    message: z.string().max(4096),
  }),
]);
