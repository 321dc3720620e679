import type { ListedArtifact } from '../../queue-api/index.ts';
import {
  ArtifactContentAnswer,
  ArtifactRedirect,
  ArtifactsAnswer,
  ListedArtifact as ListedArtifactSchema,
} from '../../queue-api/schema/index.ts';
import type { ArtifactRecord } from '../queue.ts';
import type { Call } from '../service/index.ts';
import { contentOf, type KnownContent } from './artifact-content.ts';
import { followLinks, type NamedArtifact, present } from './follow-links.ts';
import { method, PAGED, pageOf, type QueueContext } from './queue-context.ts';

const READ = { AllOf: [{ each: 'queue:get-artifact:<name>', for: 'name', in: 'names' }] } as const;
const OF_RUN = 'queue:list-artifacts:<taskId>:<runId>';
const OF_TASK = 'queue:list-artifacts:<taskId>';

/** Reading artifacts: where their content is, and lists of them. */
export const ARTIFACT_METHODS = [
  method({
    name: 'getArtifact',
    verb: 'GET',
    path: '/task/<taskId>/runs/<runId>/artifacts/<name>',
    about: 'leads to the content of an artifact of a run',
    status: 303,
    scopes: READ,
    output: ArtifactRedirect,
    handle: ({ params: { taskId, runId, name }, ...call }, context) =>
      redirect({ taskId, runId: Number(runId), name, now: context.now() }, call, context),
  }),
  method({
    name: 'getLatestArtifact',
    verb: 'GET',
    path: '/task/<taskId>/artifacts/<name>',
    about: 'leads to the content of an artifact of the last run of a task',
    status: 303,
    scopes: READ,
    output: ArtifactRedirect,
    handle: ({ params: { taskId, name }, ...call }, context) =>
      redirect({ taskId, runId: undefined, name, now: context.now() }, call, context),
  }),
  method({
    name: 'artifact',
    verb: 'GET',
    path: '/task/<taskId>/runs/<runId>/artifact-content/<name>',
    about: 'says where the content of an artifact of a run is',
    scopes: READ,
    output: ArtifactContentAnswer,
    handle: ({ params: { taskId, runId, name }, ...call }, context) =>
      content({ taskId, runId: Number(runId), name, now: context.now() }, call, context),
  }),
  method({
    name: 'latestArtifact',
    verb: 'GET',
    path: '/task/<taskId>/artifact-content/<name>',
    about: 'says where the content of an artifact of the last run of a task is',
    scopes: READ,
    output: ArtifactContentAnswer,
    handle: ({ params: { taskId, name }, ...call }, context) =>
      content({ taskId, runId: undefined, name, now: context.now() }, call, context),
  }),
  method({
    name: 'artifactInfo',
    verb: 'GET',
    path: '/task/<taskId>/runs/<runId>/artifact-info/<name>',
    about: 'gives the facts of an artifact of a run',
    scopes: OF_RUN,
    output: ListedArtifactSchema,
    handle: async ({ params: { taskId, runId, name } }, { queue, now }) =>
      listed(await present(queue, { taskId, runId: Number(runId), name, now: now() })),
  }),
  method({
    name: 'latestArtifactInfo',
    verb: 'GET',
    path: '/task/<taskId>/artifact-info/<name>',
    about: 'gives the facts of an artifact of the last run of a task',
    scopes: OF_TASK,
    output: ListedArtifactSchema,
    handle: async ({ params: { taskId, name } }, { queue, now }) =>
      listed(await present(queue, { taskId, runId: undefined, name, now: now() })),
  }),
  method({
    name: 'listArtifacts',
    verb: 'GET',
    path: '/task/<taskId>/runs/<runId>/artifacts',
    about: 'lists the artifacts of a run',
    scopes: OF_RUN,
    query: PAGED,
    output: ArtifactsAnswer,
    async handle({ params: { taskId, runId }, query }, { queue }) {
      const { items, ...next } = await queue.artifacts(taskId, Number(runId), pageOf(query));
      return { artifacts: items.map(listed), ...next };
    },
  }),
  method({
    name: 'listLatestArtifacts',
    verb: 'GET',
    path: '/task/<taskId>/artifacts',
    about: 'lists the artifacts of the last run of a task',
    scopes: OF_TASK,
    query: PAGED,
    output: ArtifactsAnswer,
    async handle({ params: { taskId }, query }, { queue }) {
      const { items, ...next } = await queue.artifacts(taskId, undefined, pageOf(query));
      return { artifacts: items.map(listed), ...next };
    },
  }),
];

type Reader = Pick<Call, 'authorize' | 'answer' | 'baseUrl'>;

async function read(
  named: NamedArtifact,
  { authorize, baseUrl }: Reader,
  context: QueueContext,
): Promise<KnownContent> {
  const record = await followLinks(context.queue, named, (names) => authorize({ names }));
  return contentOf(record, baseUrl, context);
}

const content = async (named: NamedArtifact, call: Reader, context: QueueContext) =>
  (await read(named, call, context)).answer;

/** Clients that follow no redirects read the body instead. */
async function redirect(named: NamedArtifact, call: Reader, context: QueueContext): Promise<unknown> {
  const { answer, url } = await read(named, call, context);
  const { storageType } = answer;
  const headers = { 'x-taskcluster-artifact-storage-type': storageType };
  if (storageType === 'error') {
    call.answer(424, headers);
    return { reason: answer.reason, message: answer.message };
  }
  call.answer(303, { ...headers, location: url });
  return { storageType, url };
}

function listed(record: ArtifactRecord): ListedArtifact {
  const { storageType, name, expires, contentType, contentLength } = record;
  return {
    storageType,
    name,
    expires: new Date(expires).toISOString(),
    contentType,
    ...(contentLength !== undefined && { contentLength }),
  };
}
