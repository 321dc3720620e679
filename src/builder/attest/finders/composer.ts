import { type Finder, type FoundPackage, given, MIB, member, textMember } from './finder.ts';

const INSTALLED = '/composer/installed.json';

/** Packages of PHP: Composer names all of them in one file. */
export const composerFinder: Finder = {
  defines: (path) => path.endsWith(`vendor${INSTALLED}`),
  maxBytes: 4 * MIB,
  parse(path, content) {
    const read: unknown = JSON.parse(content.toString());
    const list = Array.isArray(read) ? read : member(read, 'packages');
    const vendor = path.slice(0, -INSTALLED.length);
    return Array.isArray(list) ? list.flatMap((one) => composerPackage(one, vendor)) : [];
  },
};

function composerPackage(entry: unknown, vendorFolder: string): FoundPackage[] {
  const [vendor, name] = (textMember(entry, 'name') ?? '').split('/');
  const version = textMember(entry, 'version');
  if (vendor === undefined || name === undefined || version === undefined) return [];
  const license = member(entry, 'license');
  const names = Array.isArray(license) ? license.filter((one) => typeof one === 'string') : [];
  return [
    {
      type: 'composer',
      namespace: vendor,
      name,
      version,
      folder: `${vendorFolder}/${vendor}/${name}`,
      ...given('license', names.join(' OR ')),
    },
  ];
}
