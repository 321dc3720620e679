import { z } from 'zod';

const MAX_NAME = 200;
const MAX_TEXT = 4096;
const MAX_MINUTES = 24 * 60;
const MAX_MIB = 1_000_000;

const noZero = (text: string): boolean => !text.includes('\0');
const word = z.string().min(1).max(MAX_NAME).refine(noZero, 'has a zero byte');
const text = z.string().max(MAX_TEXT).refine(noZero, 'has a zero byte');
const minutes = z.number().positive().max(MAX_MINUTES);
const mebibytes = z.number().positive().max(MAX_MIB);

/** A path in the source: not absolute, and not out of it. */
const inside = text.refine(
  (path) => !path.startsWith('/') && !path.split('/').includes('..'),
  'leads out of the source',
);

const source = z.strictObject({
  /** Of the artifact cache that has it; absent: that of the deployment. */
  cache: z
    .url({ protocol: /^https?$/ })
    .max(MAX_TEXT)
    .exactOptional(),
  ref: word.max(512),
  commit: z.string().regex(/^[0-9a-f]{64}$/, 'is no commit: 64 hex digits'),
});

const application = z.strictObject({
  id: word,
  name: word,
  ownerName: word.exactOptional(),
  startedByName: word.exactOptional(),
});

const git = z.strictObject({
  domain: text.default(''),
  owner: text.default(''),
  repository: text.default(''),
  branch: text.default(''),
  tag: text.default(''),
  commit: text.default(''),
});

const options = z.strictObject({
  /** Relative to the source. */
  configFile: inside.exactOptional(),
  defaultFile: z.boolean().default(false),
  sourceDir: inside.default(''),
  ignoreFile: inside.exactOptional(),
  pull: z.enum(['missing', 'always', 'never']).default('missing'),
  commandTimeoutMinutes: minutes.default(25),
  noResponseTimeoutMinutes: minutes.default(5),
  artifactLimitMib: mebibytes.default(5000),
  cacheLimitMib: mebibytes.default(1000),
  verbose: z.boolean().default(false),
});

/** What `task.payload.pipeline` says. */
export const PipelinePayload = z.strictObject({
  name: word,
  kind: z.enum(['build', 'deploy']).default('build'),
  deployTarget: word.exactOptional(),
  source,
  application,
  git: git.prefault({}),
  /** Whether what the pipeline wrote to its output folder is kept. */
  artifacts: z.boolean().default(true),
  /** Whether what is kept may be read with the scope for it alone. */
  private: z.boolean().default(false),
  /** Whether the pipeline's cache folder goes from worker to worker. */
  cache: z.boolean().default(true),
  options: options.prefault({}),
});
export type PipelinePayload = z.infer<typeof PipelinePayload>;
/** The same as it is written: what has a default may be absent. */
export type PipelineRequest = z.input<typeof PipelinePayload>;
