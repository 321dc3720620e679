import { createHash } from 'node:crypto';
import {
  LAYOUT_VERSION,
  type Layout,
  type LayoutEntry,
  type LayoutOptions,
  layoutTar,
  layoutTarGz,
  layoutZip,
} from '../../archive/index.ts';
import { unreachable } from '../../kernel/index.ts';

export type ArchiveFormat = Layout['format'];

/** An archive that can be made, and its name. */
export interface LaidOut {
  readonly layout: Layout;
  /** The same for the same bytes, wherever it was laid out. */
  readonly etag: string;
}

export interface LayOutOptions extends Required<LayoutOptions> {
  readonly format: ArchiveFormat;
  readonly entries: readonly LayoutEntry[];
  /** Tells what a file holds from anything else that it could. */
  contentIdOf(index: number): string;
}

const ETAG_DIGITS = 40; // 160 bits: enough to tell archives apart, short enough for a header
const FACTS = 5; // numbers for each entry
const TYPES = { file: 0, folder: 1, link: 2 } as const;

/** Lays out an archive. Throws `ArchiveError`: `UNSAFE_ENTRY`, `CORRUPT`. */
export function layOut(options: LayOutOptions): LaidOut {
  const { format, entries, top } = options;
  return { layout: layoutOf(format, entries, { top }), etag: etagOf(options) };
}

function layoutOf(format: ArchiveFormat, entries: readonly LayoutEntry[], options: LayoutOptions): Layout {
  switch (format) {
    case 'tar':
      return layoutTar(entries, options);
    case 'tar.gz':
      return layoutTarGz(entries, options);
    case 'zip':
      return layoutZip(entries, options);
    default:
      return unreachable(format);
  }
}

/** Names an archive by all that its bytes are made of: so it is strong without having been made once. */
function etagOf({ format, entries, top, contentIdOf }: LayOutOptions): string {
  const numbers = new Float64Array(entries.length * FACTS);
  const texts: string[] = [JSON.stringify([LAYOUT_VERSION, format, top.path, top.mode, top.modifiedAt])];
  entries.forEach((entry, index) => {
    const { path, type, mode, modifiedAt, sizeBytes, crc32 = -1, target = '' } = entry;
    texts.push(path, type === 'file' ? contentIdOf(index) : target);
    numbers.set([TYPES[type], mode, modifiedAt, sizeBytes, crc32], index * FACTS);
  });
  // A zero byte is in none of the texts: the layout has refused those.
  const digest = createHash('sha256').update(texts.join('\0')).update('\0').update(numbers);
  return digest.digest('hex').slice(0, ETAG_DIGITS);
}
