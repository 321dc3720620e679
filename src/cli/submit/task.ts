import { type JsonObject, PROJECT_ID, type TaskRequest } from '../../queue-api/index.ts';
import { pipelineCacheRef } from '../../runner/index.ts';
import type { PipelineRequest } from '../../worker/index.ts';
import type { CommandContext } from '../command.ts';
import { DEFAULT_QUEUE, readFacts, readMetadata } from '../tasks/task-facts.ts';
import { askedQueue } from '../tasks/task-ids.ts';
import type { readTimes } from '../tasks/task-times.ts';
import { traceOf } from '../tasks/trace-parent.ts';
import type { SentSource } from './send-source.ts';
import type { Submission } from './submission.ts';
import type { SentVariables } from './variables.ts';

export interface TaskParts {
  readonly submission: Submission;
  readonly source: Pick<SentSource, 'ref' | 'commit'>;
  readonly variables: SentVariables;
  readonly times: ReturnType<typeof readTimes>;
}

/** The artifact that the log of a submission is. */
export const submissionLog = ({ pipeline }: Submission): string =>
  `${pipeline.private ? 'private' : 'public'}/logs/live.log`;

/** To take what the last run left, and to leave it for the next one. */
const cacheScopes = (ref: string): readonly string[] => [`cache:pull:${ref}`, `cache:push:${ref}`];

/** As it goes over the wire: what is not said is not there. */
const asJson = (request: PipelineRequest): JsonObject => JSON.parse(JSON.stringify(request));

/** An application is a project, where its name may be the name of one. */
const projectOf = (application: string): Partial<TaskRequest> =>
  PROJECT_ID.test(application) ? { projectId: application } : {};

/** The task of a submission. */
export function submissionTask(
  context: CommandContext,
  { submission, source, variables, times }: TaskParts,
): TaskRequest {
  const { pipeline, maxRunTimeSeconds } = submission;
  const { application, name, cache } = pipeline;
  const { env, encryptedEnv } = variables;
  const { ref, commit } = source;
  return {
    taskQueueId: askedQueue(context) ?? DEFAULT_QUEUE,
    ...times,
    ...projectOf(application.name),
    ...readFacts(context.flags),
    scopes: [`cache:pull:${ref}`, ...(cache ? cacheScopes(pipelineCacheRef(application.name, name)) : [])],
    payload: {
      pipeline: asJson({ ...pipeline, source: { ref, commit } }),
      maxRunTime: maxRunTimeSeconds,
      log: submissionLog(submission),
      ...(Object.keys(env).length > 0 && { env }),
      ...(encryptedEnv.length > 0 && { encryptedEnv }),
    },
    metadata: readMetadata(context, {
      name: `${name} of ${application.name}`,
      description: `the pipeline ${name} of ${application.name}, submitted with \`slipway submit build\``,
    }),
    ...traceOf(context.environment, undefined),
    tags: { kind: 'pipeline', application: application.name, pipeline: name },
  };
}
