import type { ArtifactErrorReason } from '../../queue-api/index.ts';
import { type PayloadArtifact, plainPath } from '../payload/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { ArtifactUploads } from './artifact-uploads.ts';
import { contentOf, type Found, findInContainer, openFile } from './container-files.ts';

/** Small files are read out of the way, so that the next ones of their folder need not wait for the network. */
const READ_AHEAD_BYTES = 1024 * 1024;

export interface DeclaredArtifact {
  readonly name: string;
  readonly artifact: PayloadArtifact;
  readonly containerId: string;
  readonly uploads: ArtifactUploads;
}

/** Uploads one entry of `payload.artifacts`, or declares why it is not there. Throws what the run's signal aborts with. */
export async function uploadDeclared(task: TaskContext, declared: DeclaredArtifact): Promise<void> {
  const { artifact, containerId, uploads } = declared;
  const name = declared.name.replace(/(?<=.)\/+$/, '');
  await uploads.attempt(name, async () => {
    const place = { containerId, path: plainPath(artifact.path), signal: uploads.signal };
    const found = await findInContainer(task, place);
    if (found === undefined) return await declareMissing(task, { ...declared, name });
    const kind = found.entry.kind === 'folder' ? 'directory' : found.entry.kind;
    const isWanted =
      artifact.type === 'volume' ? kind === 'file' || kind === 'directory' : kind === artifact.type;
    if (!isWanted) {
      await found.rest.return();
      return await declareInvalid(task, { ...declared, name }, kind);
    }
    const upload = { name, expires: artifact.expires ?? task.claim.task.expires, containerId, uploads };
    await (kind === 'file' ? uploadFile(found, upload) : uploadFolder(task, found, upload));
  });
}

interface Upload {
  readonly name: string;
  readonly expires: string;
  readonly containerId: string;
  readonly uploads: ArtifactUploads;
}

async function uploadFile(found: Found, { name, expires, uploads }: Upload): Promise<void> {
  const { path, entry } = found;
  await uploads.upload({ name, path, sizeBytes: entry.sizeBytes, expires, content: contentOf(found) });
}

/** Each regular file below a folder. Links, pipes and devices are left out: what they lead to is not in the folder. */
async function uploadFolder(
  task: TaskContext,
  { path, rest, entry: folder }: Found,
  { name, expires, containerId, uploads }: Upload,
): Promise<void> {
  const ahead: Promise<void>[] = [];
  const secondNames: string[] = [];
  const partOf = (entryPath: string): string =>
    entryPath.slice(folder.path === '' ? 0 : folder.path.length + 1);
  const file = (part: string) => ({ name: `${name}/${part}`, path: `${path}/${part}`, expires });
  for await (const { kind, path: entryPath, sizeBytes, content } of rest) {
    const part = partOf(entryPath);
    if (kind === 'hardlink') secondNames.push(part);
    if (kind !== 'file') continue;
    if (sizeBytes > READ_AHEAD_BYTES) {
      await uploads.upload({ ...file(part), sizeBytes, content: content() });
      continue;
    }
    const bytes = await readAll(content());
    // Not more in memory than are being sent.
    const sent = uploads.upload({ ...file(part), sizeBytes, content: once(bytes) });
    sent.catch(() => {}); // waited for below
    ahead.push(sent);
    await uploads.room();
  }
  // A file with a second name is in the tar once. Alone, it is a file again.
  for (const part of secondNames) {
    const place = { containerId, path: `${path}/${part}`, signal: uploads.signal };
    await uploads.attempt(`${name}/${part}`, async () => {
      await uploads.upload({ ...file(part), ...(await openFile(task, place)) });
    });
  }
  await Promise.all(ahead);
}

async function readAll(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void> {
  yield bytes;
}

async function declareMissing(task: TaskContext, { name, artifact }: DeclaredArtifact): Promise<void> {
  const reason = 'there is nothing at this path in the container';
  task.log.line(`Artifact "${name}" not found at "${artifact.path}": ${reason}`);
  task.findings.missingArtifacts.set(name, reason);
  const message = `Artifact not found in the container at "${artifact.path}"`;
  await declareError(task, { name, artifact, reason: 'file-missing-on-worker', message });
}

async function declareInvalid(
  task: TaskContext,
  { name, artifact }: DeclaredArtifact,
  kind: string,
): Promise<void> {
  const message = `Error uploading "${name}". Expected artifact to be a "${artifact.type}" but was "${kind}"`;
  task.log.error(message);
  task.findings.missingArtifacts.set(name, message);
  await declareError(task, { name, artifact, reason: 'invalid-resource-on-worker', message });
}

interface DeclaredError {
  readonly name: string;
  readonly artifact: PayloadArtifact;
  readonly reason: ArtifactErrorReason;
  readonly message: string;
}

/** As much as the queue takes of a message. */
const MAX_MESSAGE_LENGTH = 4096;

async function declareError(
  task: TaskContext,
  { name, artifact, reason, message }: DeclaredError,
): Promise<void> {
  const expires = artifact.expires ?? task.claim.task.expires;
  const request = {
    storageType: 'error',
    expires,
    reason,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  } as const;
  const { signal, queue, taskId, runId } = task;
  await queue.createArtifact(taskId, runId, name, request, { signal });
}
