import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Mount } from '../engine/index.ts';
import { type BoxSpec, interpolate } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import type { Lookup } from './images.ts';

/** The mounts that a box or service declares, where the request allows them. Host folders are made when absent. */
export async function volumeMounts(context: RunContext, spec: BoxSpec, lookup: Lookup): Promise<Mount[]> {
  if (!context.request.box.enableVolumes) return [];
  const mounts = spec.volumes.map(({ host, guest }) => ({
    source: resolve(context.request.currentFolder, interpolate(host, lookup)),
    target: interpolate(guest, lookup),
    readOnly: false,
  }));
  await Promise.all(mounts.map(({ source }) => mkdir(source, { recursive: true }).catch(ignoreFile)));
  return mounts;
}

/** A file, or something that only the engine's host has: the engine says so if it cannot be mounted. */
function ignoreFile(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'EACCES' && error.code !== 'ENOTDIR') throw error;
}
