import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who made a container, a network or a temporary folder, so that another process can tell whether its maker still
 * lives: `<boot>.<pid namespace>.<pid>.<start time>`. A process id alone would come around again.
 */
export interface Owner {
  readonly host: string;
  readonly process: string;
}

const readOr = (path: string, fallback: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return fallback; // not Linux: there the start time stays unknown and only the process id speaks
  }
};

const bootId = (): string => readOr('/proc/sys/kernel/random/boot_id', 'unknown').replaceAll('-', '');

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '0';
  }
}

/**
 * Field 22 of `/proc/PID/stat`, counted behind the command's name, which may hold spaces and brackets. Nothing for one that
 * has ended and waits for its parent to ask: in a container without an init nobody does.
 */
function startTime(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, '');
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZX'.includes(state) ? '' : (fields[18] ?? '');
}

export const currentOwner = (): Owner => ownerOf(process.pid);

/** A process of this machine that lives, such as one that this one has just started. */
export function ownerOf(pid: number): Owner {
  return { host: hostname(), process: [bootId(), pidNamespace(), pid, startTime(pid)].join('.') };
}

/** Whether the owner is known to be gone. One on another host, or in another container, is never known to be. */
export function isGone(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  const [boot, namespace, pid, start] = owner.process.split('.');
  if (boot !== bootId()) return true;
  if (namespace !== pidNamespace() || pid === undefined) return false;
  return startTime(Number(pid)) !== start;
}
