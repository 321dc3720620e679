import { access, constants } from 'node:fs/promises';
import { EngineError } from '../error.ts';

/** Programs of this machine that containers are made with. */
export interface HostTools {
  /** Static, so that it also runs inside. */
  readonly busybox: string;
  readonly unshare: string;
  readonly nsenter: string;
  readonly setpriv: string;
}

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Throws `INVALID` with the first program that is missing. */
export async function findHostTools(): Promise<HostTools> {
  const [busybox, unshare, nsenter, setpriv] = await Promise.all([
    findHostTool('busybox', 'busybox-static'),
    findHostTool('unshare', 'util-linux'),
    findHostTool('nsenter', 'util-linux'),
    findHostTool('setpriv', 'util-linux'),
  ]);
  return { busybox, unshare, nsenter, setpriv };
}

/** Where a program is. Throws `INVALID` with the package that has it. */
export async function findHostTool(program: string, pack: string): Promise<string> {
  for (const folder of FOLDERS) {
    const file = `${folder}/${program}`;
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return file;
  }
  throw new EngineError(
    'INVALID',
    `the fake engine needs ${program}, which Linux systems have in the package ${pack}`,
  );
}

/** Without root, containers run in a user namespace where only root exists. */
export const isRoot = (): boolean => process.getuid?.() === 0;
