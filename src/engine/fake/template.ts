import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTools } from './host-tools.ts';
import { runHostTool } from './run-host-tool.ts';

const FOLDERS = ['bin', 'dev', 'etc', 'proc', 'root', 'srv', 'sys', 'tmp', 'usr/bin', 'var/tmp'];

/** Makes the folder that images consist of which name none: busybox under all its names, and two users. */
export async function makeBusyboxRoot(folder: string, tools: HostTools): Promise<void> {
  await Promise.all(FOLDERS.map((name) => mkdir(join(folder, name), { recursive: true })));
  await copyFile(tools.busybox, join(folder, 'bin/busybox'));
  const applets = (await runHostTool(tools.busybox, ['--list']))
    .split('\n')
    .filter((applet) => applet !== '');
  await Promise.all(
    applets
      .filter((applet) => applet !== 'busybox')
      .map((applet) => symlink('busybox', join(folder, 'bin', applet))),
  );
  await symlink('../../bin/env', join(folder, 'usr/bin/env'));
  await writeFile(
    join(folder, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  );
  await writeFile(join(folder, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
}
