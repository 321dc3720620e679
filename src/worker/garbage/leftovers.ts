import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../engine/index.ts';
import { isGone, type Owner, unless } from '../../kernel/index.ts';
import { removeLeftovers } from '../../runner/index.ts';
import { WORKER_LABEL, workerOwner } from '../labels.ts';

/** The folder of a worker's runs says who made it, so that whoever comes later can tell whether that one still lives. */
export const ownerFolder = ({ host, process }: Owner): string => `${encodeURIComponent(host)}~${process}`;

function folderOwner(name: string): Owner | undefined {
  const [, host, process] = /^((?:[\w.!~*'()-]|%[\dA-F]{2})+)~([^~]+)$/.exec(name) ?? [];
  if (host === undefined || process === undefined) return undefined;
  return { host: decodeURIComponent(host), process };
}

export interface WorkerLeftovers {
  readonly containers: number;
  readonly networks: number;
  readonly folders: number;
  /** What they were at when they went. */
  readonly runs: readonly LeftRun[];
}

/** A run whose worker is gone. */
export interface LeftRun {
  readonly taskId: string;
  readonly runId: number;
}

/** The folder of a run within that of its worker. */
export const runFolder = ({ taskId, runId }: LeftRun): string => `${taskId}-${runId}`;

function runOfFolder(name: string): readonly LeftRun[] {
  const [, taskId, runId] = /^([\w-]{22})-(\d{1,4})$/.exec(name) ?? [];
  return taskId === undefined ? [] : [{ taskId, runId: Number(runId) }];
}

const isLeft = (labels: Readonly<Record<string, string>>): boolean => {
  const owner = workerOwner(labels);
  return owner !== undefined && isGone(owner);
};

/**
 * Removes what workers left that are gone: their tasks' containers, their networks, the folders of their runs below
 * `folder`, and what pipelines made in them. What belongs to a living process or to another host stays.
 */
export async function removeWorkerLeftovers(engine: Engine, folder: string): Promise<WorkerLeftovers> {
  const filter = { label: WORKER_LABEL.worker };
  const containers = (await engine.listContainers(filter)).filter(({ labels }) => isLeft(labels));
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)));
  const ofRuns = await removeLeftovers(engine);
  const networks = (await engine.listNetworks(filter)).filter(({ labels }) => isLeft(labels));
  await Promise.all(networks.map(({ id }) => engine.removeNetwork(id, { detach: true })));
  const names = (await unless(['ENOENT'], readdir(folder))) ?? [];
  const dead = names.filter((name) => {
    const owner = folderOwner(name);
    return owner !== undefined && isGone(owner);
  });
  // Another worker may take the same away.
  const inside = await Promise.all(
    dead.map(async (name) => (await unless(['ENOENT', 'ENOTDIR'], readdir(join(folder, name)))) ?? []),
  );
  await Promise.all(dead.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return {
    containers: containers.length + ofRuns.containers,
    networks: networks.length + ofRuns.networks,
    folders: dead.length,
    runs: inside.flat().flatMap(runOfFolder),
  };
}
