import { CacheError, type OpenTree, openTree, type Repository } from '../../cache/index.ts';
import type { CachedBuild } from '../../runner/index.ts';

async function* contentOf(tree: OpenTree, path: string): AsyncGenerator<Buffer, void, undefined> {
  await using file = await tree.open(path);
  if (file !== undefined) yield* file.content;
}

/** A commit of a repository as a run sees it; `from`: where it was found, for people. */
export function cachedTree(repository: Repository, commit: string, from: string): CachedBuild {
  let opening: Promise<OpenTree> | undefined;
  const tree = (): Promise<OpenTree> => {
    opening ??= openTree(repository, commit);
    return opening;
  };
  return {
    commit,
    from,
    async read(path, maxBytes) {
      await using file = await (await tree()).open(path);
      if (file === undefined) return undefined;
      const { sizeBytes } = file.header;
      if (sizeBytes > maxBytes)
        throw new CacheError('TOO_LARGE', `${path} has ${sizeBytes} bytes, and at most ${maxBytes} are read`);
      const pieces: Buffer[] = [];
      for await (const piece of file.content) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    async open(path) {
      const opened = await tree();
      const file = await opened.open(path);
      await file?.[Symbol.asyncDispose]();
      return file && contentOf(opened, path);
    },
    touch: () => repository.touch(commit),
  };
}
