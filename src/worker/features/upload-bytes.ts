import { uploadArtifact } from '../artifacts/index.ts';
import type { TaskContext } from '../task/task-context.ts';

export interface BytesUpload {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Uploads a small document, as it is, as an artifact that expires with the task. */
export async function uploadBytes(
  task: TaskContext,
  { name, contentType, bytes }: BytesUpload,
  signal: AbortSignal,
): Promise<void> {
  const upload = {
    name,
    contentType,
    expires: task.claim.task.expires,
    gzip: false,
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
  await uploadArtifact(task, upload, { signal });
}

/** The same for a document in JSON. */
export const uploadJson = (
  task: TaskContext,
  { name, content }: { readonly name: string; readonly content: unknown },
  signal: AbortSignal,
): Promise<void> => {
  const bytes = Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`);
  return uploadBytes(task, { name, contentType: 'application/json', bytes }, signal);
};
