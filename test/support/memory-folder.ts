import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
const GIB = 1024 ** 3;
const FOLDER_BYTES = 6 * GIB; // far more than the tests have there at a time
const MEMORY_BYTES = 10 * GIB; // that, and the processes of the tests

/**
 * Puts the temporary folders of tests into memory, where there is room. Whatever promises that something lasts waits for the
 * disk, again and again; what that is good for shows only when a machine loses its power, which no test does.
 */
export function setup(): (() => void) | undefined {
  if (process.env['TMPDIR'] !== undefined || !isRoomy()) return undefined;
  removeLeft();
  const folder = mkdtempSync(join(SHARED_MEMORY, `slipway-tests-${process.pid}-`));
  chmodSync(folder, 0o1777); // as /tmp: some programs of tests have users of their own
  process.env['TMPDIR'] = folder;
  return () => {
    delete process.env['TMPDIR'];
    rmSync(folder, { recursive: true, force: true });
  };
}

/** What runs left that were killed: memory that nobody else gives back. */
function removeLeft(): void {
  for (const name of readdirSync(SHARED_MEMORY)) {
    const [, pid] = /^slipway-tests-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(SHARED_MEMORY, name), { recursive: true, force: true });
  }
}

/** Whether files can be kept there, and started: containers often have little of it, or start nothing. */
function isRoomy(): boolean {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, place]) => place === SHARED_MEMORY);
  const [, , type, options = ''] = mount ?? [];
  if (type !== 'tmpfs' || options.split(',').some((option) => option === 'noexec' || option === 'ro'))
    return false;
  const { bavail, bsize } = statfsSync(SHARED_MEMORY);
  return bavail * bsize >= FOLDER_BYTES && process.availableMemory() >= MEMORY_BYTES;
}
