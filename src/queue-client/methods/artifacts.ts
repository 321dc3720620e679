import type { ArtifactAnswer, ArtifactContent, Credentials, ListedArtifact } from '../../queue-api/index.ts';
import { type Asking, pages, path, QUEUE, query, runPath } from '../asking.ts';
import type { CallOptions, FoundArtifact, QueueClient } from '../queue-client.ts';

type ArtifactMethods = Pick<
  QueueClient,
  'createArtifact' | 'finishArtifact' | 'artifactContent' | 'listArtifacts'
>;

const pathOf = (taskId: string, runId: number | undefined): string =>
  QUEUE + (runId === undefined ? path`/task/${taskId}` : runPath(taskId, runId));

interface StartedDownload {
  readonly url: string;
  readonly hashes?: { readonly sha256?: string };
}

/** `askingAs` asks with other credentials: those of an object are for it alone. */
export const artifactMethods = (
  { get, post, put }: Asking,
  askingAs: (credentials: Credentials) => Asking,
): ArtifactMethods => ({
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
    const content = await get<ArtifactContent>(method, where, 'artifactContent', options);
    return content.storageType === 'object' ? await locate(content, askingAs, options) : content;
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

/** Asks the service that has an object where its bytes are. */
async function locate(
  { name, credentials }: Extract<ArtifactContent, { storageType: 'object' }>,
  askingAs: (credentials: Credentials) => Asking,
  options: CallOptions | undefined,
): Promise<FoundArtifact> {
  const { url, hashes } = await askingAs(credentials).put<StartedDownload>(
    'startDownload',
    path`/api/object/v1/start-download/${name}`,
    'download',
    { ...options, body: { acceptDownloadMethods: { getUrl: true, simple: true } } },
  );
  return { storageType: 'object', url, ...(hashes?.sha256 !== undefined && { sha256: hashes.sha256 }) };
}
