import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = [
  'bin',
  'scripts',
  'src',
  'ui',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];

export const PACK_LIMIT_MS = 60_000; // takes 3 s alone

/** Packs the sources as they are now, as they would be published; gives the package's path in `folder`. */
export async function packInto(folder: string): Promise<string> {
  const source = join(folder, 'source');
  await mkdir(source);
  for (const path of SOURCES) await cp(join(ROOT, path), join(source, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const printed = await succeed(
    'npm',
    ['pack', '--ignore-scripts=false', '--pack-destination', folder],
    source,
  );
  return join(folder, printed.trim().split('\n').at(-1) ?? '');
}
