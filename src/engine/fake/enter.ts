import { isRoot } from './host-tools.ts';
import type { Launch } from './launch.ts';

/** A process that is to be in a running container. */
export type Companion = Launch & { readonly processId: number };

/** The command that runs one more process in the namespaces of a running container. */
export function enterCommand(companion: Companion): string[] {
  const { tools, command } = companion;
  return [tools.nsenter, ...namespaces(companion), ...placeIn(companion), '--', ...command];
}

/**
 * The same in two parts, where something has to stand in between that outlives what the terminal's keys send to all on
 * it: it runs with programs of this machine, and what it starts is in the container.
 */
export function enterInParts(companion: Companion): { readonly outer: string[]; readonly inner: string[] } {
  const { tools, command } = companion;
  return {
    outer: [tools.nsenter, ...namespaces(companion), '--no-fork', '--'],
    inner: [tools.nsenter, ...placeIn(companion), '--', ...command],
  };
}

function namespaces({ processId }: Companion): string[] {
  const user = isRoot() ? [] : ['--user', '--preserve-credentials'];
  return ['--target', String(processId), '--mount', '--pid', ...user];
}

/** Seen through the container's own mounts. */
function placeIn({ processId, workingDir, user }: Companion): string[] {
  const root = `/proc/${processId}/root`;
  const as = isRoot() ? ['--setuid', String(user.uid), '--setgid', String(user.gid)] : [];
  return [`--root=${root}`, `--wd=${root}/${workingDir}`, ...as];
}
