import { mkdir, rmdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { currentOwner, unless } from '../kernel/index.ts';
import { NO_TELEMETRY } from '../telemetry/index.ts';
import { createContainerGarbage } from './garbage/containers.ts';
import { openImageUses } from './garbage/image-uses.ts';
import { ownerFolder, removeWorkerLeftovers } from './garbage/leftovers.ts';
import { createSweep, type Sweep } from './garbage/sweep.ts';
import type { StartWorkerOptions } from './start-worker.ts';
import type { WorkerRecordWriter } from './task/task-context.ts';
import { createClaimClock } from './work/claim-clock.ts';
import { createCorePool } from './work/core-pool.ts';
import { giveBackLostRuns } from './work/lost-runs.ts';
import type { StopSwitch } from './work/stop.ts';
import { openWorkerNetwork } from './work/worker-network.ts';
import type { WorkerScope } from './work/worker-scope.ts';

export interface WorkshopOptions extends StartWorkerOptions {
  readonly record: WorkerRecordWriter;
  readonly now: () => number;
  readonly stop: StopSwitch;
  readonly isIdle: () => boolean;
}

/** What a worker has made for its runs; it goes when it is disposed of. */
export interface Workshop extends AsyncDisposable {
  readonly scope: WorkerScope;
  readonly sweep: Sweep;
  /** Makes again what somebody else may have removed. */
  readonly repair: () => Promise<void>;
}

/** Folders, network and keepers for runs, after what dead workers left was removed. */
export async function openWorkshop(options: WorkshopOptions): Promise<Workshop> {
  const { engine, identity, settings, record, now } = options;
  await using opened = new AsyncDisposableStack();
  const owner = currentOwner();
  const home = join(settings.volume, 'slipway-worker');
  const folder = join(home, 'runs', ownerFolder(owner));
  // Logs and artifacts of tasks pass here: nobody else's business.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // What is in it then are runs that the queue could not be told of: the next process of this worker does.
  opened.defer(async () => await unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(folder)));
  const left = await removeWorkerLeftovers(engine, join(home, 'runs'));
  record('leftovers removed', { ...left });
  const network = opened.use(await openWorkerNetwork(engine, identity.workerId, owner));
  const parts = await options.openParts({ settings, identity, engine, record, now });
  opened.defer(async () => await parts[Symbol.asyncDispose]?.());
  const images = await openImageUses(join(home, 'images'), now);
  opened.defer(() => images.save());
  const containers = createContainerGarbage(engine, record);
  opened.defer(() => containers.sweep());
  const keepers = { engine, containers, images, caches: parts.caches, isIdle: options.isIdle };
  const sweep = createSweep({ ...keepers, imageExpirationMs: settings.image.expirationMs, now, record });
  const { queue, stop, telemetry = NO_TELEMETRY } = options;
  const scope: WorkerScope = {
    ...{ identity, settings, engine, queue, parts, network, owner, folder, stop, record, now, telemetry },
    garbage: {
      removeContainer: (id) => containers.remove(id),
      imageUsed: (image, used) => images.used(image, used?.fetched ?? false),
    },
    clock: createClaimClock(now),
    ...(settings.restrictCpu && { cores: createCorePool(cpus().map((_, core) => core)) }),
  };
  void giveBackLostRuns(left.runs, scope);
  const owned = opened.move();
  return {
    scope,
    sweep,
    repair: () => network.ensure(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
