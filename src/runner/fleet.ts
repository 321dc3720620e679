import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../kernel/index.ts';
import { laptopOnly, type PipelineTarget } from '../pipeline/index.ts';
import { DEFINITION_NAMES } from '../project/index.ts';
import { RunError } from './failure.ts';
import type { FleetRules, RunRequest } from './request.ts';

/** What of a pipeline is for a machine of one's own; nothing where this is one. */
export function refusedOnFleet(
  { fleet, images, currentFolder }: Pick<RunRequest, 'fleet' | 'images' | 'currentFolder'>,
  target: PipelineTarget,
): readonly Diagnostic[] {
  if (fleet === undefined) return [];
  return laptopOnly(target, {
    allow: fleet.allow,
    neverPulls: images.pull === 'never',
    // What a variable leads to is looked at when it is known.
    isInside: (path) => path.includes('$') || isBelow(fleet.root, resolve(currentFolder, path)),
  });
}

/** Where steps may be that are folders. */
export const folderRootOf = ({ fleet }: Pick<RunRequest, 'fleet'>): { folderRoot?: string } =>
  fleet === undefined || fleet.allow.includes('file-steps') ? {} : { folderRoot: fleet.root };

/**
 * On a fleet, sees that the file of a source is in it: what a link to a file of the worker holds would be told with its
 * mistakes. Throws `RunError`.
 */
export async function requireOwnFiles(
  { fleet, configFile }: Pick<RunRequest, 'fleet' | 'configFile'>,
  folders: readonly string[],
): Promise<void> {
  if (fleet === undefined) return;
  const named = configFile === undefined ? [] : [configFile];
  const files = folders.flatMap((folder) => DEFINITION_NAMES.map((name) => join(folder, name)));
  for (const file of [...named, ...files]) {
    if (await leaves(fleet, file))
      throw new RunError({ reason: 'invalid-file', message: 'the wercker.yml leads out of the source' });
  }
}

/** On a fleet, sees that what says which files are left out is in the source. Throws `RunError`. */
export async function requireOwnIgnoreFile(
  { fleet }: Pick<RunRequest, 'fleet'>,
  file: string,
): Promise<void> {
  if (fleet === undefined || !(await leaves(fleet, file))) return;
  throw new RunError({ reason: 'source', message: 'the ignore file leads out of the source' });
}

/** On a fleet, sees that a folder is in the source, wherever links lead. Throws `RunError`. */
export async function requireInside({ fleet }: Pick<RunRequest, 'fleet'>, folder: string): Promise<void> {
  if (fleet === undefined || fleet.allow.includes('file-steps') || !(await leaves(fleet, folder))) return;
  throw new RunError({
    reason: 'service',
    message: 'a service is to be built from a folder outside of the source, which is refused on a fleet',
  });
}

/** Something that is not there leads nowhere. */
async function leaves({ root }: FleetRules, path: string): Promise<boolean> {
  const [outer, inner] = await Promise.all([realpath(root), realpath(path).catch(() => undefined)]);
  return inner !== undefined && !isBelow(outer, inner);
}

const isBelow = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);
