import { decodeCommit, decodeDirTree, type ObjectName } from '../ostree/index.ts';

/** What a commit or a directory names. */
export interface Children {
  /** It is not whole without them. */
  readonly needed: readonly ObjectName[];
  /** Kept with it where they are there: signatures of a commit, and the commits before it. */
  readonly kept: readonly ObjectName[];
}

const NONE: Children = { needed: [], kept: [] };

/** What an object of these bytes names. Throws `CORRUPT_OBJECT`. */
export function childrenOf(name: ObjectName, bytes: Uint8Array): Children {
  if (name.kind === 'commit') return commitChildren(name.id, bytes);
  return name.kind === 'dirtree' ? directoryChildren(bytes) : NONE;
}

function commitChildren(id: string, bytes: Uint8Array): Children {
  const { dirtree, dirmeta, parent } = decodeCommit(bytes);
  const needed: ObjectName[] = [
    { id: dirtree, kind: 'dirtree' },
    { id: dirmeta, kind: 'dirmeta' },
  ];
  const kept: ObjectName[] = [{ id, kind: 'commitmeta' }];
  if (parent !== undefined) kept.push({ id: parent, kind: 'commit' });
  return { needed, kept };
}

function directoryChildren(bytes: Uint8Array): Children {
  const { files, directories } = decodeDirTree(bytes);
  const needed: ObjectName[] = [];
  for (const { dirtree, dirmeta } of directories)
    needed.push({ id: dirtree, kind: 'dirtree' }, { id: dirmeta, kind: 'dirmeta' });
  for (const { file } of files) needed.push({ id: file, kind: 'filez' });
  return { needed, kept: [] };
}
