import { readFileFromTar } from '../archive/index.ts';
import { type Engine, EngineError } from '../engine/index.ts';

/** Whom files in a box belong to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

const PASSWD_BYTES = 1024 * 1024;

/** The numbers behind `user`, `user:group`, `uid` or `uid:gid`. Throws `EngineError` `INVALID` for an unknown name. */
export async function fileOwner(engine: Engine, container: string, user: string): Promise<FileOwner> {
  const [name = '', group] = user.split(':');
  if (/^\d+$/.test(name))
    return { uid: Number(name), gid: /^\d+$/.test(group ?? '') ? Number(group) : Number(name) };
  const entries = await readPasswd(engine, container);
  const entry = entries.find(([entryName]) => entryName === name);
  if (entry === undefined)
    throw new EngineError('INVALID', `the box has no user "${name}" (its /etc/passwd)`);
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function readPasswd(engine: Engine, container: string): Promise<string[][]> {
  const tar = await engine.copyOut(container, '/etc/passwd');
  const text = tar === undefined ? undefined : await readFileFromTar(tar, PASSWD_BYTES);
  return (text?.toString('utf8') ?? '').split('\n').map((line) => line.split(':'));
}
