import { statfs } from 'node:fs/promises';
import { formatBytes } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { ObjectName } from '../ostree/index.ts';
import { letGoOfKept } from '../repository/kept-objects.ts';
import { layoutOf } from '../repository/layout.ts';
import type { Repository } from '../repository/repository.ts';
import { carryOut, type Removed } from './carry-out.ts';
import { planRemoval } from './plan-removal.ts';
import { countStoredSize, readStoredSize } from './stored-size.ts';

/** What was used or stored within the last hour stays: longer than pulls and pushes take. */
export const DEFAULT_GRACE_MS = 60 * 60_000;

/** Down to this part of what may be there: the next pushes need not look again. */
const LOW_WATERMARK = 0.8;

export interface MakeRoomOptions {
  /** What is about to be stored, in bytes as they are stored. */
  readonly neededBytes: number;
  /** Of that, what is on the disk of the objects already, and only changes its name. @defaultValue 0 */
  readonly onDiskBytes?: number;
  /** Objects here that what comes counts on: they stay, also where nothing else needs them. */
  readonly keepObjects?: readonly ObjectName[];
  /** @defaultValue an hour */
  readonly graceMs?: number;
  /** @defaultValue the clock */
  readonly now?: number;
  readonly signal?: AbortSignal;
}

const NOTHING: Removed = { refs: [], objects: 0, bytes: 0, leftBytes: 0 };

type Needed = Pick<MakeRoomOptions, 'neededBytes' | 'onDiskBytes'>;

/** How many bytes too few the disk would have free; nothing where objects are elsewhere. */
async function lackOnDisk(
  { folder, settings }: Repository,
  { neededBytes, onDiskBytes = 0 }: Needed,
): Promise<number> {
  if (settings.objects !== undefined) return 0;
  const { bavail, bsize } = await statfs(folder);
  return Math.max(0, neededBytes - onDiskBytes + settings.keepFreeBytes - bavail * bsize);
}

/** How much may be there when what comes is there too: by the quota, and by what is to stay free on the disk. */
async function maxBytesOf(repository: Repository, storedBytes: number, needed: Needed): Promise<number> {
  const lack = await lackOnDisk(repository, needed);
  const byDisk = lack > 0 ? storedBytes + needed.neededBytes - lack : Number.POSITIVE_INFINITY;
  return Math.min(repository.settings.quotaBytes ?? Number.POSITIVE_INFINITY, byDisk);
}

const hasRoom = async (repository: Repository, storedBytes: number, needed: Needed): Promise<boolean> =>
  storedBytes + needed.neededBytes <= (await maxBytesOf(repository, storedBytes, needed));

function requirePossible({ settings, folder }: Repository, neededBytes: number): void {
  const { quotaBytes } = settings;
  if (quotaBytes === undefined || neededBytes <= quotaBytes) return;
  throw new CacheError(
    'NO_SPACE',
    `${formatBytes(neededBytes)} can never be stored in ${folder}: its quota is ${formatBytes(quotaBytes)} in all`,
    { hint: 'whoever keeps it can raise the quota: `slipway cache init DIR --quota SIZE`' },
  );
}

/**
 * Makes room for what is about to be stored, so that the repository keeps its quota and what is to stay free on the disk:
 * refs that were not used for longest go first, never pinned ones nor any that were used within the grace period, and
 * what nothing needs goes with them. Where there is room, which is nearly always, that costs two system calls. Any number
 * may call at a time. Throws `NO_SPACE` where there is not enough that may go, and then nothing went. Not within the lock.
 */
export async function makeRoom(repository: Repository, options: MakeRoomOptions): Promise<Removed> {
  const { neededBytes, signal } = options;
  requirePossible(repository, neededBytes);
  const isBounded = repository.settings.quotaBytes !== undefined;
  const recorded = isBounded ? await readStoredSize(repository.folder) : 0;
  if (recorded !== undefined && (await hasRoom(repository, recorded, options))) return NOTHING;
  // What cut pushes left on the disk goes before anything that somebody may ask for.
  if ((await lackOnDisk(repository, options)) > 0) await letGoOfKept(layoutOf(repository.folder));
  // What was recorded is not sure enough to let something go.
  const counted = await countStoredSize(repository, signal);
  if (await hasRoom(repository, counted, options)) return NOTHING;
  return await letGo(repository, await maxBytesOf(repository, counted, options), options);
}

async function letGo(repository: Repository, maxBytes: number, options: MakeRoomOptions): Promise<Removed> {
  const { neededBytes, keepObjects, graceMs = DEFAULT_GRACE_MS, now = Date.now(), signal } = options;
  const limits = {
    usedBefore: now - graceMs,
    targetBytes: Math.max(0, Math.floor(maxBytes * LOW_WATERMARK) - neededBytes),
    ...(keepObjects !== undefined && { keepObjects }),
    ...(signal !== undefined && { signal }),
  };
  const plan = await planRemoval(repository, limits);
  if (plan.keptBytes + neededBytes > maxBytes)
    throw noRoom(repository, { neededBytes, maxBytes, keptBytes: plan.keptBytes });
  return await carryOut(repository, plan, limits);
}

interface Lack {
  readonly neededBytes: number;
  readonly maxBytes: number;
  readonly keptBytes: number;
}

function noRoom({ folder }: Repository, { neededBytes, maxBytes, keptBytes }: Lack): CacheError {
  const bytes = (count: number): string => formatBytes(Math.max(0, count));
  return new CacheError(
    'NO_SPACE',
    `There is no room in ${folder} for ${bytes(neededBytes)}: ${bytes(maxBytes)} may be there in all, and ${bytes(keptBytes)} are pinned, were used a moment ago or are on their way in`,
    {
      hint: 'try again later, unpin something (`slipway cache unpin`), or raise the quota (`slipway cache init DIR --quota SIZE`)',
    },
  );
}
