import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner, errorCode, isGone, type Owner, unless } from '../kernel/index.ts';
import { CommandError } from './command-error.ts';

/** Which server has a data folder, as it says itself. */
export interface DataClaim {
  readonly pid: number;
  readonly owner: Owner;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent: it has not begun to listen. */
  readonly url?: string;
}

/** A claim of this process. Dispose it when the server has stopped. */
export interface HeldClaim extends AsyncDisposable {
  /** Says where the server is. */
  tellAddress(url: string): Promise<void>;
}

let files = 0;
/** A file of this process alone beside the claim's. */
const besideOf = (folder: string): string => `${fileOf(folder)}.${process.pid}-${++files}`;

const fileOf = (folder: string): string => join(folder, 'server.json');

/** The server that has a data folder and is known to live; `undefined` where there is none, or where nobody can tell. */
export async function liveClaim(folder: string): Promise<DataClaim | undefined> {
  return await liveClaimIn(fileOf(folder));
}

async function liveClaimIn(file: string): Promise<DataClaim | undefined> {
  const claim = await claimIn(file);
  return claim !== undefined && isAlive(claim.owner) ? claim : undefined;
}

async function claimIn(file: string): Promise<DataClaim | undefined> {
  const text = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], readFile(file, 'utf8'));
  return text === undefined ? undefined : parse(text);
}

/** Only processes that this one sees: one in another container, or on another machine, may be there or not. */
function isAlive(owner: Owner): boolean {
  const place = ({ host, process }: Owner): string => [host, ...process.split('.').slice(0, 2)].join('.');
  return place(owner) === place(currentOwner()) && !isGone(owner);
}

function parse(text: string): DataClaim | undefined {
  try {
    const { pid, owner, startedAt, url } = JSON.parse(text);
    const isClaim =
      typeof pid === 'number' && typeof owner?.process === 'string' && typeof owner.host === 'string';
    if (!isClaim) return undefined;
    return { pid, owner, startedAt: String(startedAt), ...(typeof url === 'string' && { url }) };
  } catch {
    return undefined; // it says nothing that could be told
  }
}

/** Which one it is, for a person. */
export const claimText = ({ pid, url, startedAt }: DataClaim): string =>
  `the server with the process id ${pid}${url === undefined ? '' : ` at ${url}`}, started ${startedAt}`;

/** Claims a data folder for this server. Throws `CommandError` where another one that lives has it. */
export async function claimDataFolder(folder: string): Promise<HeldClaim> {
  const own: DataClaim = {
    pid: process.pid,
    owner: currentOwner(),
    startedAt: new Date().toISOString(),
  };
  await take(folder, own);
  return {
    tellAddress: (url) => replace(folder, { ...own, url }),
    async [Symbol.asyncDispose]() {
      const found = await claimIn(fileOf(folder));
      if (found?.owner.process === own.owner.process) await rm(fileOf(folder), { force: true });
    },
  };
}

/** Of servers that start at the same moment one makes the file; what one that is gone left is no obstacle. */
async function take(folder: string, own: DataClaim): Promise<void> {
  const next = await written(folder, own);
  try {
    while (!(await linked(next, fileOf(folder)))) {
      const other = await liveClaim(folder);
      if (other !== undefined) throw claimed(folder, other);
      await removeLeft(folder);
    }
  } finally {
    await rm(next, { force: true });
  }
}

async function linked(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST') return false;
    // A file system without links: the last of several that start at the same moment has it.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
    if ((await liveClaimIn(name)) !== undefined) return false;
    await rename(file, name);
    return true;
  }
}

/** Takes it away first, and looks again at what it was: another server may have put its own there since. */
async function removeLeft(folder: string): Promise<void> {
  const left = besideOf(folder);
  await unless(['ENOENT'], rename(fileOf(folder), left));
  if ((await liveClaimIn(left)) !== undefined) await linked(left, fileOf(folder));
  await rm(left, { force: true });
}

/** Two servers would take each other's worker, logs and backups for their own. */
export const claimed = (folder: string, other: DataClaim): CommandError =>
  new CommandError(
    `the data folder ${folder} is in use by ${claimText(other)}`,
    'Stop that one, give this one a folder of its own (SLIPWAY_DATA_DIR), or have neither queue nor image builder here (--no-tasks --builder off); servers that share a PostgreSQL database share a store as well (store.type, store.folder), and nothing else.',
  );

async function replace(folder: string, claim: DataClaim): Promise<void> {
  await rename(await written(folder, claim), fileOf(folder));
}

async function written(folder: string, claim: DataClaim): Promise<string> {
  const next = besideOf(folder);
  await writeFile(next, `${JSON.stringify(claim)}\n`, { mode: 0o600 });
  return next;
}
