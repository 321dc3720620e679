import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner, isGone, type Owner, unless } from '../kernel/index.ts';
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

const fileOf = (folder: string): string => join(folder, 'server.json');

/** The server that has a data folder and is known to live; `undefined` where there is none, or where nobody can tell. */
export async function liveClaim(folder: string): Promise<DataClaim | undefined> {
  const text = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], readFile(fileOf(folder), 'utf8'));
  const claim = text === undefined ? undefined : parse(text);
  return claim !== undefined && isAlive(claim.owner) ? claim : undefined;
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
  const other = await liveClaim(folder);
  if (other !== undefined) throw claimed(folder, other);
  const own: DataClaim = {
    pid: process.pid,
    owner: currentOwner(),
    startedAt: new Date().toISOString(),
  };
  await write(folder, own);
  return {
    tellAddress: (url) => write(folder, { ...own, url }),
    [Symbol.asyncDispose]: () => rm(fileOf(folder), { force: true }),
  };
}

/** Two servers would take each other's worker, logs and backups for their own. */
export const claimed = (folder: string, other: DataClaim): CommandError =>
  new CommandError(
    `the data folder ${folder} is in use by ${claimText(other)}`,
    'Stop that one, or give this one a folder of its own (SLIPWAY_DATA_DIR); servers that share a PostgreSQL database share a store as well (store.type, store.folder), and nothing else.',
  );

async function write(folder: string, claim: DataClaim): Promise<void> {
  const next = `${fileOf(folder)}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(claim)}\n`, { mode: 0o600 });
  await rename(next, fileOf(folder));
}
