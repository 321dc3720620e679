import { isRoot } from './host-tools.ts';
import type { Launch } from './launch.ts';

/** The command that runs one more process in the namespaces of a running container. */
export function enterCommand({
  tools,
  user,
  processId,
  workingDir,
  command,
}: Launch & { processId: number }): string[] {
  // Seen through the container's own mounts.
  const start = `--wd=/proc/${processId}/root/${workingDir}`;
  const enter = ['--target', String(processId), '--mount', '--pid', '--root', start];
  const as = isRoot()
    ? ['--setuid', String(user.uid), '--setgid', String(user.gid)]
    : ['--user', '--preserve-credentials'];
  return [tools.nsenter, ...enter, ...as, '--', ...command];
}
