import { type Finder, type FoundPackage, given, MIB } from './finder.ts';

const METADATA = /(?:^|\/)[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/;
const RECORD = /(?:^|\/)[^/]+\.dist-info\/RECORD$/;

/** Packages of Python, as pip, uv, Poetry and distributions leave them. */
export const pythonFinder: Finder = {
  defines: (path) => path.includes('-info') && METADATA.test(path),
  maxBytes: 4 * MIB,
  parse(path, content) {
    const folder = path.endsWith('/METADATA') ? path.slice(0, -'/METADATA'.length) : undefined;
    return parse(content.toString(), folder);
  },
};

function parse(text: string, folder: string | undefined): FoundPackage[] {
  const [head = ''] = text.split(/\r?\n\r?\n/, 1); // what follows is a description
  const name = field(head, 'Name');
  const version = field(head, 'Version');
  if (name === undefined || version === undefined) return [];
  return [
    {
      type: 'pypi',
      name: name.toLowerCase().replaceAll(/[-_.]+/g, '-'), // one package whichever way it is written
      version,
      ...given('license', licenseOf(head)),
      ...given('folder', folder),
    },
  ];
}

const field = (head: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(\\S.*?)[ \\t]*\\r?$`, 'm').exec(head)?.[1];

function licenseOf(head: string): string | undefined {
  const written = field(head, 'License-Expression') ?? field(head, 'License');
  if (written !== undefined && written !== 'UNKNOWN' && written.length <= 100) return written;
  return /^Classifier: License :: (?:.* :: )?(.+?)\r?$/m.exec(head)?.[1];
}

/** Whether a file lists the files of a package with their sizes. */
export const isRecord = (path: string): boolean => path.endsWith('.dist-info/RECORD') && RECORD.test(path);

/** What the files that a record lists take: `path,digest,size` in each line. */
export function recordedBytes(content: Buffer): number {
  let bytes = 0;
  for (const [, size] of content.toString('latin1').matchAll(/,(\d{1,12})\r?$/gm)) bytes += Number(size);
  return bytes;
}
