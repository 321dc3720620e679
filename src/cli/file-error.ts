import { getSystemErrorMap } from 'node:util';

/** The system refused something with a file that the person named. */
class FileError extends Error {
  override readonly name = 'FileError';
}

/** Does something with files; what the system says against it becomes a sentence for the person. */
export async function onFiles<T>(attempt: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number')) throw cause;
    const reason = getSystemErrorMap().get(cause.errno)?.[1] ?? cause.message;
    throw new FileError(`cannot ${attempt}: ${reason}`, { cause });
  }
}
