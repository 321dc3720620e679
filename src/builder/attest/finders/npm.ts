import { type Finder, type FoundPackage, given, MIB, member, textMember } from './finder.ts';

const MANIFEST = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;

/** Packages of Node: each folder in a `node_modules` that has a `package.json`. */
export const npmFinder: Finder = {
  defines: (path) => path.endsWith('/package.json') && MANIFEST.test(path),
  maxBytes: MIB,
  parse: (path, content) => parse(path.slice(0, -'/package.json'.length), content),
};

function parse(folder: string, content: Buffer): FoundPackage[] {
  const manifest: unknown = JSON.parse(content.toString());
  const name = textMember(manifest, 'name');
  const version = textMember(manifest, 'version');
  if (name === undefined || version === undefined) return [];
  const [scope, own] = name.startsWith('@') ? name.split('/', 2) : [undefined, name];
  return [
    {
      type: 'npm',
      ...given('namespace', scope),
      name: own ?? '',
      version,
      folder,
      ...given('license', licenseOf(manifest)),
    },
  ];
}

/** An expression; in older packages an object, or a list of such. */
function licenseOf(manifest: unknown): string | undefined {
  const license = member(manifest, 'license') ?? member(manifest, 'licenses');
  const all = Array.isArray(license) ? license : [license];
  const names = all.map((one: unknown) => (typeof one === 'string' ? one : textMember(one, 'type')));
  return names.filter((name) => name !== undefined).join(' OR ');
}
