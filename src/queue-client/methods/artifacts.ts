import type { ArtifactAnswer, ArtifactContent, ListedArtifact } from '../../queue-api/index.ts';
import { type Asking, pages, path, QUEUE, query, runPath } from '../asking.ts';
import type { QueueClient } from '../queue-client.ts';

type ArtifactMethods = Pick<
  QueueClient,
  'createArtifact' | 'finishArtifact' | 'artifactContent' | 'listArtifacts'
>;

const pathOf = (taskId: string, runId: number | undefined): string =>
  QUEUE + (runId === undefined ? path`/task/${taskId}` : runPath(taskId, runId));

export const artifactMethods = ({ get, post, put }: Asking): ArtifactMethods => ({
  async createArtifact(taskId, runId, name, artifact, options) {
    const where = pathOf(taskId, runId) + path`/artifacts/${name}`;
    return await post<ArtifactAnswer>('createArtifact', where, 'createdArtifact', {
      ...options,
      body: artifact,
    });
  },
  async finishArtifact(taskId, runId, name, uploadId, options) {
    const where = pathOf(taskId, runId) + path`/artifacts/${name}`;
    await put('finishArtifact', where, 'anything', { ...options, body: { uploadId } });
  },
  async artifactContent(taskId, runId, name, options) {
    const where = pathOf(taskId, runId) + path`/artifact-content/${name}`;
    const method = runId === undefined ? 'latestArtifact' : 'artifact';
    return await get<ArtifactContent>(method, where, 'artifactContent', options);
  },
  async listArtifacts(taskId, runId, options) {
    const where = `${pathOf(taskId, runId)}/artifacts`;
    const method = runId === undefined ? 'listLatestArtifacts' : 'listArtifacts';
    const all: ListedArtifact[] = [];
    const list = async (continuationToken: string | undefined) =>
      await get<{ artifacts: ListedArtifact[] }>(
        method,
        where + query({ continuationToken }),
        'artifacts',
        options,
      );
    for await (const { artifacts } of pages(list)) all.push(...artifacts);
    return all;
  },
});
