import { readFile } from 'node:fs/promises';
import { EngineError } from '../error.ts';
import { hostPath, type RootView } from './root-path.ts';

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Finds a user as `name`, `uid`, `name:group` or `uid:gid` in a container; `''` is root. Throws `START_FAILED`. */
export async function findUser(view: RootView, wanted: string): Promise<User> {
  const [name = '', group] = (wanted || '0').split(':');
  const entry = (await readTable(view, '/etc/passwd')).find(
    ([login, , uid]) => login === name || uid === name,
  );
  const uid = toId(entry?.[2] ?? name, wanted);
  const gid = group === undefined ? toId(entry?.[3] ?? '0', wanted) : await findGroup(view, group);
  return { uid, gid, home: entry?.[5] ?? '/' };
}

async function findGroup(view: RootView, wanted: string): Promise<number> {
  const entry = (await readTable(view, '/etc/group')).find(
    ([name, , gid]) => name === wanted || gid === wanted,
  );
  return toId(entry?.[2] ?? wanted, wanted);
}

async function readTable(view: RootView, path: string): Promise<string[][]> {
  const text = await readFile(await hostPath(view, path, true), 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}

function toId(text: string, wanted: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new EngineError('START_FAILED', `cannot start the container: there is no user or group ${wanted}`);
}
