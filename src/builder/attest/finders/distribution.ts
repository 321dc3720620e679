import { type Finder, type FoundPackage, given, KIB, MIB } from './finder.ts';

/*
 * Packages of distributions: their databases name all of them in one file, which a layer that changes any has anew.
 */

const STATUS_FOLDER = 'var/lib/dpkg/status.d/';

/** Debian's and Ubuntu's; images without a package manager have one file for each package. */
export const debFinder: Finder = {
  defines: (path) =>
    path === 'var/lib/dpkg/status' || (path.startsWith(STATUS_FOLDER) && !path.endsWith('.md5sums')),
  maxBytes: 16 * MIB,
  parse: (_path, content) => stanzas(content, debPackage),
};

type Fields = ReadonlyMap<string, string>;

/** Names, versions and sizes are at a stanza's beginning; what may be long (files, descriptions) is not looked at. */
const LOOKED_AT_BYTES = 64 * KIB;

function* stanzas<T>(content: Buffer, read: (fields: Fields) => T): Generator<T> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf('\n\n', at);
    const next = end === -1 ? content.length : end;
    yield read(fieldsOf(content.toString('utf8', at, Math.min(next, at + LOOKED_AT_BYTES))));
    at = next + 2;
  }
}

function fieldsOf(stanza: string): Fields {
  const fields = new Map<string, string>();
  for (const [, name, value] of stanza.matchAll(WANTED)) fields.set(name ?? '', value ?? '');
  return fields;
}

const WANTED = /^(Package|Version|Status|Architecture|Installed-Size|[PVALI]):[ \t]*(.*)$/gm;

function debPackage(fields: Fields): FoundPackage | undefined {
  const [name, version] = [fields.get('Package'), fields.get('Version')];
  const status = fields.get('Status') ?? 'install ok installed';
  if (name === undefined || version === undefined || !/ installed$/.test(status)) return undefined;
  const architecture = fields.get('Architecture');
  const kib = Number(fields.get('Installed-Size') ?? Number.NaN);
  return {
    type: 'deb',
    name,
    version,
    ...(architecture !== undefined && { qualifiers: { arch: architecture } }),
    ...(Number.isSafeInteger(kib) && kib >= 0 && { sizeBytes: kib * KIB }),
  };
}

/** Alpine's. */
export const apkFinder: Finder = {
  defines: (path) => path === 'lib/apk/db/installed' || path === 'usr/lib/apk/db/installed',
  maxBytes: 32 * MIB,
  parse: (_path, content) => stanzas(content, apkPackage),
};

function apkPackage(fields: Fields): FoundPackage | undefined {
  const [name, version] = [fields.get('P'), fields.get('V')];
  if (name === undefined || version === undefined) return undefined;
  const architecture = fields.get('A');
  const bytes = Number(fields.get('I') ?? Number.NaN);
  return {
    type: 'apk',
    name,
    version,
    ...given('license', fields.get('L')),
    ...(architecture !== undefined && { qualifiers: { arch: architecture } }),
    ...(Number.isSafeInteger(bytes) && bytes >= 0 && { sizeBytes: bytes }),
  };
}

const RPM = /^(?:var|usr)\/lib\/(?:sysimage\/)?rpm\/(?:rpmdb\.sqlite|Packages(?:\.db)?)$/;

/** The databases of RPM are in formats of their own. */
export const isRpmDatabase = (path: string): boolean => path.includes('/rpm/') && RPM.test(path);

/** Which distribution an image is. */
export interface Distribution {
  /** `debian`, `alpine` */
  readonly id: string;
}

export const isOsRelease = (path: string): boolean =>
  path === 'etc/os-release' || path === 'usr/lib/os-release';

export function readOsRelease(content: Buffer): Distribution | undefined {
  const id = /^ID=["']?([a-z0-9._-]{1,40})["']?\s*$/m.exec(content.toString('latin1'))?.[1];
  return id === undefined ? undefined : { id };
}
