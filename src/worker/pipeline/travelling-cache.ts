import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError, checkoutTree, commitTree, type Repository, uploadRefs } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { pipelineCacheRef } from '../../runner/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { deploymentCache, fetchRef, uploadTarget } from './fleet-cache.ts';
import type { PipelinePayload } from './schema.ts';

/** The cache folder of a pipeline on its way from worker to worker. */
export interface TravellingCache {
  /** Fills the folder with what the last run left, wherever that was. That it cannot be had is said in the log. */
  fetch(): Promise<void>;
  /** Sends what the run left in the folder, where that is something else. The last one of several runs wins. */
  send(): Promise<void>;
}

export interface TravellingOptions {
  readonly repository: Repository;
  readonly payload: PipelinePayload;
  /** Where the run has its cache. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A cache is there to save time: what goes wrong with it is told, and the run's result stays. */
export function travellingCache(task: TaskContext, options: TravellingOptions): TravellingCache {
  const { repository, payload, folder, signal } = options;
  const ref = pipelineCacheRef(payload.application.name, payload.name);
  const says = telling(task, signal);
  let fetched: string | undefined;
  return {
    fetch: () =>
      says('fetched', async () => {
        const url = await deploymentCache(task);
        if (url === undefined) return;
        const { outcome, bytes } = await fetchRef(task, { repository, url, ref, signal });
        if (outcome.type === 'failed') throw outcome.error;
        if (outcome.type === 'absent') return;
        await checkoutTree(repository, outcome.commit, folder, { signal });
        await repository.touch(outcome.commit);
        fetched = outcome.commit;
        task.log.line(`The pipeline's cache is here: ${formatBytes(bytes)} came over the network.`);
      }),
    send: () =>
      says('sent', async () => {
        const url = await deploymentCache(task);
        if (url === undefined || (fetched === undefined && (await isEmpty(folder)))) return;
        const commit = await commitCache(options, ref);
        if (fetched !== undefined && (await isSameTree(repository, fetched, commit))) return;
        using target = uploadTarget(task, url);
        const { sentBytes } = await uploadRefs(repository, [{ ref, commit }], target, { signal });
        task.log.line(`The pipeline's cache is kept for the next run: ${formatBytes(sentBytes)} were sent.`);
      }),
  };
}

/** Most pipelines cache nothing. */
const isEmpty = async (folder: string): Promise<boolean> => (await readdir(folder)).length === 0;

type Says = (what: 'fetched' | 'sent', work: () => Promise<void>) => Promise<void>;

const telling =
  (task: TaskContext, signal: AbortSignal): Says =>
  async (what, work) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CacheError) || signal.aborted) throw error;
      task.log.line(`The pipeline's cache could not be ${what}: ${error.message}`);
    }
  };

async function commitCache({ repository, folder, signal }: TravellingOptions, ref: string): Promise<string> {
  await using staging = await repository.openStaging();
  const notesFolder = join(repository.folder, '.slipway/trees');
  const { commit } = await commitTree(staging, [{ path: '', folder }], { subject: ref, notesFolder, signal });
  await staging.publish([{ ref, commit }], { signal, writeOnce: false });
  return commit;
}

async function isSameTree(repository: Repository, before: string, now: string): Promise<boolean> {
  const [first, second] = await Promise.all([repository.readCommit(before), repository.readCommit(now)]);
  return first.dirtree === second.dirtree && first.dirmeta === second.dirmeta;
}
