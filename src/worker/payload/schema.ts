import { z } from 'zod';
import { ARTIFACT_NAME, SLUGID } from '../../queue-api/index.ts';
import { DEFAULT_LOG_NAME } from './task-payload.ts';

// Linux takes no longer argument or variable; what is longer only fails later, and less clearly.
const MAX_ARGUMENT_LENGTH = 131_071;
const MAX_PATH_LENGTH = 4096;
const MAX_ENTRIES = 1000;

const noZero = (text: string): boolean => !text.includes('\0');
const NO_ZERO = 'has a zero byte, which nothing can be told';

const argument = z.string().max(MAX_ARGUMENT_LENGTH).refine(noZero, NO_ZERO);
const artifactName = z
  .string()
  .regex(ARTIFACT_NAME, 'is no artifact name: 1 to 1024 printable ASCII characters');
const text = z.string().min(1).max(1024).refine(noZero, NO_ZERO);

/** The same folder however it is written: without doubled and trailing slashes. */
export const plainPath = (path: string): string => path.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');

const containerPath = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(/^\//, 'is not absolute: it begins with "/" in the container')
  .refine(noZero, NO_ZERO);

const mountPath = containerPath
  .refine((path) => plainPath(path) !== '/', 'is the root of the container, which cannot be a cache')
  .refine((path) => !path.split('/').includes('..'), 'has ".."');

/** At most so many: each costs a request, a folder or a variable. */
const few = <T extends Readonly<Record<string, unknown>> | readonly unknown[]>(value: T): boolean =>
  Object.keys(value).length <= MAX_ENTRIES;
const FEW = `has more than ${MAX_ENTRIES} entries`;

const imageObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('docker-image'), name: text }),
  z.strictObject({ type: z.literal('indexed-image'), namespace: text, path: artifactName }),
  z.strictObject({
    type: z.literal('task-image'),
    taskId: z.string().regex(SLUGID, 'is no task id'),
    path: artifactName,
  }),
]);

const environment = z
  .record(
    z
      .string()
      .min(1)
      .refine(
        (name) => noZero(name) && !name.includes('='),
        'is no name of a variable: it has "=" or a zero byte',
      ),
    argument,
  )
  .refine(few, FEW);

const devices = z.strictObject({
  loopbackVideo: z.boolean().exactOptional(),
  loopbackAudio: z.boolean().exactOptional(),
  hostSharedMemory: z.boolean().exactOptional(),
  kvm: z.boolean().exactOptional(),
});

const exitCodes = z.array(z.number().int()).refine(few, FEW).default([]);

const moment = z.iso.datetime({ offset: true, error: 'is no moment in ISO 8601' });

const artifact = z.strictObject({
  type: z.enum(['file', 'directory', 'volume']),
  path: containerPath,
  expires: moment.exactOptional(),
});

const fields = {
  maxRunTime: z.number().int().min(1),
  command: z.array(argument).default([]),
  env: environment.default({}),
  encryptedEnv: z.array(z.string()).refine(few, FEW).default([]),
  cache: z
    .record(z.string().min(1).max(1024).refine(noZero, NO_ZERO), mountPath)
    .refine(few, FEW)
    .default({}),
  artifacts: z.record(artifactName, artifact).refine(few, FEW).default({}),
  capabilities: z
    .strictObject({
      privileged: z.boolean().default(false),
      disableSeccomp: z.boolean().default(false),
      devices: devices.default({}),
    })
    .default({ privileged: false, disableSeccomp: false, devices: {} }),
  features: z.record(z.string(), z.boolean()).default({}),
  onExitStatus: z
    .strictObject({ retry: exitCodes, purgeCaches: exitCodes })
    .default({ retry: [], purgeCaches: [] }),
  log: artifactName.default(DEFAULT_LOG_NAME),
  /** Once the address of a service that said which tasks this one replaces; nobody asks it any more. */
  supersederUrl: z.string().exactOptional(),
};

/** A payload in the v1 form whose container is made of an image. */
export const ImagePayload = z.strictObject({ image: z.union([text, imageObject]), ...fields });

/** The same with a pipeline in the image's place; what that may say is looked at by who runs it. */
export const PipelinePayload = z.strictObject({ pipeline: z.record(z.string(), z.unknown()), ...fields });
