import type { FoundPackage } from './finder.ts';

const FOLDER = /^((?:.*\/)?pkg\/mod\/)((?!cache\/)[^@]+)@(v[^/]+)(?=\/)/;

/** The folder of the module of Go that a file belongs to: a module is unpacked below its own name and version. */
export const goFolderOf = (path: string): string | undefined =>
  path.includes('pkg/mod/') && path.includes('@v') ? FOLDER.exec(path)?.[0] : undefined;

export function goPackage(folder: string): FoundPackage {
  const [, , path = '', version = ''] = FOLDER.exec(`${folder}/`) ?? [];
  // Upper case is written `!` and lower case, for file systems that do not tell them apart.
  const module = path.replaceAll(/!([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  const slash = module.lastIndexOf('/');
  return {
    type: 'golang',
    ...(slash > 0 && { namespace: module.slice(0, slash) }),
    name: module.slice(slash + 1),
    version: version.replaceAll(/!([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
    folder,
  };
}
