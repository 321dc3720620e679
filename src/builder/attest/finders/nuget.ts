import { type Finder, given, MIB } from './finder.ts';

const NUSPEC = /^(.*\/([^/]+)\/([^/]+))\/\2\.nuspec$/;

/** Packages of .NET: `ID/VERSION/ID.nuspec` in a folder of packages. */
export const nugetFinder: Finder = {
  defines: (path) => path.endsWith('.nuspec') && NUSPEC.test(path),
  maxBytes: MIB,
  parse(path, content) {
    const [, folder = '', id = '', version = ''] = NUSPEC.exec(path) ?? [];
    const text = content.toString();
    const name = /<id>\s*([\w.-]{1,100})\s*<\/id>/i.exec(text)?.[1] ?? id;
    const license = /<license\s+type="expression">\s*([^<]{1,100}?)\s*<\/license>/i.exec(text)?.[1];
    return [{ type: 'nuget', name, version, folder, ...given('license', license) }];
  },
};
