import { lstat, stat } from 'node:fs/promises';
import { EngineError } from '../error.ts';
import { Source } from '../source.ts';
import type { FakeContainer } from './container.ts';
import { packTree } from './pack-tar.ts';
import { hostPath } from './root-path.ts';
import { abortStop, unlessStopped } from './stops.ts';

/** What is copied where. */
export interface CopyTask {
  readonly path: string;
  readonly tar: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks a tar in a container. Lets go of the tar whatever happens. */
export async function copyTo(find: () => FakeContainer, { path, tar, signal }: CopyTask): Promise<void> {
  const source = new Source(tar);
  try {
    const container = find();
    await requireFolder(await hostPath(container.files, path, true), path);
    await unlessStopped(container.unpack(path, source), signal ? [abortStop(signal)] : []);
  } finally {
    await source.close();
  }
}

/** What is at a path of a container, as a tar; `undefined` when there is nothing. */
export async function copyFrom(
  container: FakeContainer,
  path: string,
): Promise<AsyncIterable<Buffer> | undefined> {
  const file = await hostPath(container.files, path, false);
  const there = await lstat(file).catch(() => undefined);
  return there && packTree(file, path);
}

async function requireFolder(file: string, path: string): Promise<void> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats) throw new EngineError('NOT_FOUND', `could not find the folder ${path} in the container`);
  if (!stats.isDirectory()) throw new EngineError('INVALID', `this is no folder of the container: ${path}`);
}
