import { type Finder, type FoundPackage, given, KIB, MIB } from './finder.ts';

const METADATA = /(?:^|\/)[^/]+\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/;
const RECORD = /(?:^|\/)[^/]+\.dist-info\/RECORD$/;

/** What follows the fields is a description, which may be long. */
const HEAD_BYTES = 256 * KIB;

/** Packages of Python, as pip, uv, Poetry and distributions leave them. */
export const pythonFinder: Finder = {
  defines: (path) => path.includes('-info') && METADATA.test(path),
  maxBytes: 4 * MIB,
  parse(path, content) {
    const folder = path.endsWith('/METADATA') ? path.slice(0, -'/METADATA'.length) : undefined;
    return parse(content.toString('utf8', 0, HEAD_BYTES), folder);
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

const PIECE_BYTES = 64 * KIB;

/** What the files that a record lists take, `path,digest,size` in each line: piece by piece, so far. */
export function* recordedBytes(content: Buffer): Generator<number> {
  let bytes = 0;
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf('\n', at + PIECE_BYTES) + 1 || content.length;
    const piece = content.toString('latin1', at, end);
    for (const [, size] of piece.matchAll(/,(\d{1,12})\r?$/gm)) bytes += Number(size);
    yield bytes;
    at = end;
  }
}
