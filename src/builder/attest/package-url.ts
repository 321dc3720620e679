import type { FoundPackage } from './finders/finder.ts';

/** The package URL of a package: `pkg:npm/%40scope/name@1.0.0`. */
export function packageUrl({ type, namespace, name, version, qualifiers = {} }: FoundPackage): string {
  const folders = (namespace ?? '').split('/').filter(Boolean).map(encode);
  const path = [type, ...folders, encode(name)].join('/');
  const pairs = Object.entries(qualifiers).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const query = pairs.map(([key, value]) => `${key}=${encode(value)}`).join('&');
  return `pkg:${path}@${encode(version)}${query === '' ? '' : `?${query}`}`;
}

/** All but what package URLs leave as it is. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
