import { constants, type StatsFs } from 'node:fs';
import { access, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatBytes, systemWords, unless } from '../../../kernel/index.ts';
import { claimText, liveClaim } from '../../data-claim.ts';
import { type Check, type Finding, failed, ok, warning } from '../check.ts';

const GIB = 1024 ** 3;
const LITTLE_BYTES = GIB;
const ENOUGH_BYTES = 5 * GIB;
const FEW_FILES = 10_000;

/** File systems by what the kernel calls them (statfs(2)), as far as they are of interest here. */
const KINDS: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  1702057286: 'FUSE',
  16914839: '9p',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  61267: 'ext4',
  1481003842: 'XFS',
  2435016766: 'Btrfs',
  801189825: 'ZFS',
};
const OF_A_NETWORK = new Set(['NFS', 'CIFS', 'SMB', 'FUSE', '9p']);

export const DATA_FOLDER: Check = {
  name: 'data-folder',
  async run({ dataFolder, server }) {
    const found = await unless(['ENOENT'], stat(dataFolder));
    if (found === undefined) return await canBeMade(dataFolder);
    if (!found.isDirectory())
      return failed(`${dataFolder} is no folder`, 'name another one with SLIPWAY_DATA_DIR');
    const facts = await factsOf(dataFolder);
    const about = `${dataFolder}: ${facts.text}`;
    const full = spaceTrouble(about, facts);
    // Where there is no room nothing can be written either, whoever it is.
    if (full?.state === 'failed') return full;
    const refusal = await writeTrouble(dataFolder);
    if (refusal !== undefined)
      return failed(
        `${dataFolder} cannot be written: ${refusal}`,
        `let the user ${process.getuid?.()} write there, or name another folder with SLIPWAY_DATA_DIR`,
      );
    const claim = await liveClaim(dataFolder);
    const inUse = claim === undefined ? about : `${about}; in use by ${claimText(claim)}`;
    const trouble =
      spaceTrouble(inUse, facts) ??
      kindTrouble(inUse, facts, server.database.type === 'sqlite') ??
      rightsTrouble(inUse, found);
    return trouble ?? ok(inUse);
  },
};

/** The folder above, as far as there is one. */
async function canBeMade(folder: string): Promise<Finding> {
  for (let above = dirname(folder); ; above = dirname(above)) {
    if ((await unless(['ENOENT'], stat(above))) === undefined) continue;
    try {
      await access(above, constants.W_OK | constants.X_OK);
    } catch {
      return failed(
        `${folder} cannot be made: ${above} cannot be written by the user ${process.getuid?.()}`,
        'make it for this user, or name another folder with SLIPWAY_DATA_DIR',
      );
    }
    const facts = await factsOf(above);
    const about = `${folder} is made at the first start: ${facts.text}`;
    return spaceTrouble(about, facts) ?? ok(about);
  }
}

async function writeTrouble(folder: string): Promise<string | undefined> {
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    await using file = await open(probe, 'wx', 0o600);
    await file.writeFile('probe');
    await file.sync();
    return undefined;
  } catch (error) {
    return systemWords(error) ?? String(error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined); // what could not be written is not there
  }
}

interface Facts {
  readonly kind: string;
  readonly freeBytes: number;
  readonly freeFiles: number;
  readonly text: string;
}

async function factsOf(folder: string): Promise<Facts> {
  const { type, bavail, bsize, files, ffree }: StatsFs = await statfs(folder);
  const kind = KINDS[type] ?? `a file system of the type 0x${type.toString(16)}`;
  const freeBytes = bavail * bsize;
  // Some make files as they are needed, and say 0.
  const freeFiles = files === 0 ? Number.POSITIVE_INFINITY : ffree;
  return { kind, freeBytes, freeFiles, text: `${kind}, ${formatBytes(freeBytes)} free` };
}

function spaceTrouble(about: string, { freeBytes, freeFiles }: Facts): Finding | undefined {
  const hint = 'make room: slipway gc, slipway cache prune, or a larger disk';
  if (freeBytes < LITTLE_BYTES) return failed(about, hint);
  if (freeFiles < FEW_FILES) return failed(`${about}, and room for ${freeFiles} files`, hint);
  return freeBytes < ENOUGH_BYTES ? warning(about, hint) : undefined;
}

function kindTrouble(about: string, { kind }: Facts, hasSqlite: boolean): Finding | undefined {
  if (kind === 'tmpfs')
    return warning(about, 'it is in memory: nothing of it is there after a restart of the machine');
  if (!hasSqlite || !OF_A_NETWORK.has(kind)) return undefined;
  return warning(
    about,
    'locks of SQLite are not to be trusted there: use a disk of this machine, or PostgreSQL (DATABASE_URL)',
  );
}

const WRITABLE_BY_OTHERS = 0o022;

function rightsTrouble(
  about: string,
  { uid, mode }: { readonly uid: number; readonly mode: number },
): Finding | undefined {
  const me = process.getuid?.();
  if (me !== undefined && uid !== me)
    return warning(
      `${about}; it belongs to the user ${uid}, and this is ${me}`,
      'run the server as its owner',
    );
  if ((mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return warning(`${about}; others may write there`, 'keys are in it: chmod 700');
}
