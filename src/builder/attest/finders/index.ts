import { composerFinder } from './composer.ts';
import { apkFinder, debFinder } from './distribution.ts';
import type { Finder } from './finder.ts';
import { gemFinder } from './gem.ts';
import { goFolderOf } from './go.ts';
import { mavenFinder } from './maven.ts';
import { npmFinder } from './npm.ts';
import { nugetFinder } from './nuget.ts';
import { pythonFinder } from './python.ts';

export const FINDERS: readonly Finder[] = [
  npmFinder,
  pythonFinder,
  debFinder,
  apkFinder,
  composerFinder,
  gemFinder,
  mavenFinder,
  nugetFinder,
];

const NODE_FOLDER = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const OTHER_FOLDERS = [
  /^(.*?vendor\/[^/]+\/[^/]+)\//,
  /^(.*?\/gems\/[^/]+-\d[^/]*)\//,
  /^(.*?\.nuget\/packages\/[^/]+\/[^/]+)\//,
];

/** The folder of the package that a file belongs to, as far as that can be told from its path. */
export function packageFolderOf(path: string): string | undefined {
  if (path.includes('node_modules/')) return NODE_FOLDER.exec(path)?.[1];
  const go = goFolderOf(path);
  if (go !== undefined) return go;
  for (const pattern of OTHER_FOLDERS) {
    const folder = pattern.exec(path)?.[1];
    if (folder !== undefined) return folder;
  }
  return undefined;
}
