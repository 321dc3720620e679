import type { ArtifactAnswer } from '../../queue-api/index.ts';
import { ArtifactRequest, CreatedArtifactAnswer, FinishedUpload } from '../../queue-api/schema/index.ts';
import { objectName, uploadCredentials } from '../objects/index.ts';
import type { ArtifactRecord } from '../queue.ts';
import { method, type QueueContext } from './queue-context.ts';

const PATH = '/task/<taskId>/runs/<runId>/artifacts/<name>';
const PUT_URL_LIFE_MS = 45 * 60_000;

/** How artifacts come to be. */
export const CREATE_ARTIFACT_METHODS = [
  method({
    name: 'createArtifact',
    verb: 'POST',
    path: PATH,
    about: 'makes an artifact of a run, and says where its content goes',
    scopes: 'queue:create-artifact:<taskId>/<runId>',
    input: ArtifactRequest,
    output: CreatedArtifactAnswer,
    secrets: ['url'], // it may be signed
    async handle({ params: { taskId, runId, name }, body, baseUrl }, context) {
      const record = await context.queue.createArtifact(taskId, Number(runId), name, body);
      return answerOf(record, baseUrl, context);
    },
  }),
  method({
    name: 'finishArtifact',
    verb: 'PUT',
    path: PATH,
    about: 'says that the content of an artifact of the type object is there',
    status: 204,
    scopes: 'queue:create-artifact:<taskId>/<runId>',
    input: FinishedUpload,
    async handle({ params: { taskId, runId, name }, body }, { queue }) {
      await queue.finishArtifact(taskId, Number(runId), name, body.uploadId);
    },
  }),
];

function answerOf(record: ArtifactRecord, baseUrl: string, context: QueueContext): ArtifactAnswer {
  const { storageType, contentType } = record;
  if (storageType === 's3') {
    const expires = new Date(context.now() + PUT_URL_LIFE_MS).toISOString();
    return { storageType, putUrl: context.urls.putUrl(record, baseUrl), expires, contentType };
  }
  if (storageType === 'object') {
    const { projectId = '', uploadId = '' } = record.details;
    return {
      storageType,
      name: objectName(record),
      projectId,
      uploadId,
      expires: new Date(record.expires).toISOString(),
      credentials: uploadCredentials(record, context),
    };
  }
  return { storageType };
}
