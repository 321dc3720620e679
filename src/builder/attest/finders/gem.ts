import { type Finder, given, MIB } from './finder.ts';

// `nokogiri-1.18.2-x86_64-linux-gnu.gemspec`: a version begins with a digit, and a platform follows it.
const SPECIFICATION = /^(.*\/)specifications\/(default\/)?([^/]+?)-(\d[^/-]*)(-[^/]+)?\.gemspec$/;

/** Packages of Ruby. */
export const gemFinder: Finder = {
  defines: (path) => path.endsWith('.gemspec') && SPECIFICATION.test(path),
  maxBytes: MIB,
  parse(path, content) {
    const [, root = '', isDefault, name = '', version = '', platform = ''] = SPECIFICATION.exec(path) ?? [];
    // A gem that comes with Ruby has its files among Ruby's own.
    const folder = isDefault === undefined ? `${root}gems/${name}-${version}${platform}` : undefined;
    const license = /\.licenses?\s*=\s*\[?\s*["']([^"']{1,100})["']/.exec(content.toString('latin1'))?.[1];
    const qualifiers = platform === '' ? {} : { qualifiers: { platform: platform.slice(1) } };
    return [
      { type: 'gem', name, version, ...given('folder', folder), ...given('license', license), ...qualifiers },
    ];
  },
};
