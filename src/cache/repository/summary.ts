import { copyFile, link, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_METADATA_BYTES } from '../ostree/index.ts';
import { errorCode, fileTrouble } from './file-trouble.ts';
import { fitSummary } from './fit-summary.ts';
import { syncPath } from './folders.ts';
import type { Layout } from './layout.ts';
import type { Mirror } from './mirror.ts';
import { emptyIndex, fileIdentity, listedFile, loadIndex, saveIndex } from './ref-index.ts';
import { replaceFile } from './replace-file.ts';
import type { ObjectReader, SummaryOutcome } from './repository.ts';
import type { SetRef } from './set-refs.ts';
import { type CurrentIndex, updateIndex } from './update-index.ts';

/** Up to here it is written at once; a larger one is left to the last of those who wait for the lock. */
const SMALL_BYTES = 256 * 1024;

/** Keeps the list of refs. All calls under the lock. */
export interface SummaryWriter {
  /** Notes refs that were just set. Says whether they are listed now; where they are not, `refresh` is still to come. */
  note(set: readonly SetRef[]): Promise<boolean>;
  /** Writes the summary where it does not list what is there. `anew`: whatever is known, all refs are read. */
  refresh(options?: { readonly anew?: boolean }): Promise<SummaryOutcome>;
}

/** `mirror`: what else is to have the list. */
export function createSummaryWriter(layout: Layout, objects: ObjectReader, mirror?: Mirror): SummaryWriter {
  const about = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (cause) {
      throw fileTrouble('write the summary', layout.summary, cause);
    }
  };
  return {
    note: (set) =>
      about(async () => {
        const now = nowSeconds();
        const current = await updateIndex(layout, objects, { index: await loadIndex(layout), set, now });
        const { length } = current.table.bytes;
        const isLarge = length > SMALL_BYTES && length <= MAX_METADATA_BYTES;
        const isLeft = isLarge && current.isAhead && current.isKnown;
        if (isLeft) await saveIndex(layout, { ...current, isAhead: true });
        else await list({ layout, mirror }, current, set);
        return !isLeft;
      }),
    refresh: ({ anew = false } = {}) =>
      about(async () => {
        const index = anew ? emptyIndex() : await loadIndex(layout);
        const current = await updateIndex(layout, objects, { index, set: [], now: nowSeconds() });
        return await list({ layout, mirror }, current, []);
      }),
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

interface Places {
  readonly layout: Layout;
  readonly mirror: Mirror | undefined;
}

/** Writes the summary, unless it is there and says the same already. */
async function list(
  { layout, mirror }: Places,
  current: CurrentIndex,
  set: readonly SetRef[],
): Promise<SummaryOutcome> {
  const { summary } = layout;
  const isThere = (await fileIdentity(summary)) === (await fileIdentity(listedFile(layout)));
  if (!current.isAhead && isThere) {
    await saveIndex(layout, current);
    await mirror?.update(current.table, current.listed.bytes);
    return { refs: current.listed.count, leftOut: current.table.count - current.listed.count };
  }
  const { table, leftOut } = fitSummary(current.table, nowSeconds(), new Set(set.map(({ ref }) => ref)));
  await writeSummary(layout, table.bytes);
  const changes = new Map(leftOut.map((ref) => [ref.ref, ref]));
  await saveIndex(layout, { changes, times: current.times, isAhead: false });
  await mirror?.update(current.table, table.bytes);
  return { refs: table.count, leftOut: leftOut.length };
}

/** The same file under two names: one of them stays what Slipway wrote, whoever replaces the other. */
async function writeSummary(layout: Layout, bytes: Buffer): Promise<void> {
  const { own, root, summary } = layout;
  const next = join(own, 'summary.next');
  await replaceFile(listedFile(layout), join(own, 'summary.new'), bytes);
  await rm(next, { force: true });
  await secondName(listedFile(layout), next);
  // A signature of somebody else would be one of another list.
  await rm(`${summary}.sig`, { force: true });
  await rename(next, summary);
  await syncPath(root);
}

async function secondName(file: string, name: string): Promise<void> {
  try {
    await link(file, name);
  } catch (cause) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(errorCode(cause) ?? '')) throw cause;
    await copyFile(file, name);
  }
}
