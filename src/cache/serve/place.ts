import { type ObjectKind, type ObjectName, objectPath } from '../ostree/object-name.ts';
import { isPrivateRef } from '../ostree/private-ref.ts';
import { isRefName } from '../ostree/ref-name.ts';

/** What a file of a repository is, for those who fetch it. */
export type PlaceKind = 'config' | 'summary' | 'signature' | 'ref' | 'delta' | ObjectKind;

/** A file of a repository that everybody may have, but for private refs. */
export interface Place {
  readonly kind: PlaceKind;
  /** Relative to the repository. */
  readonly path: string;
  /** Where it is one. */
  readonly object?: ObjectName;
  /** Of a ref that takes the right to read it. */
  readonly privateRef?: string;
}

const OBJECT = /^objects\/([0-9a-f]{2})\/([0-9a-f]{62})\.(commit|dirtree|dirmeta|filez|commitmeta)$/;

const ROOT_FILES: Readonly<Record<string, PlaceKind>> = {
  config: 'config',
  summary: 'summary',
  'summary.sig': 'signature',
};

// The ids of commits in base64 with `_` for `/`; of two commits with `-` between them.
const DELTAS = [
  /^deltas\/[\w+]{2}\/[\w+-]{1,128}\/(?:superblock|meta|\d{1,6})$/,
  /^delta-indexes\/[\w+]{2}\/[\w+]{1,64}\.index$/,
];

const REFS = 'refs/heads/';

// One that is escaped is no separator to those who wrote the address, and one to a file system.
const ESCAPED_SEPARATOR = /%(?:2f|5c)/i;

/**
 * The file that the path of an address means, without the slash before it; `undefined` for everything else that is in a
 * repository, or may be. Escapes count once, and only where a name can need them.
 */
export function parsePlace(text: string): Place | undefined {
  const [, start, rest, kind] = OBJECT.exec(text) ?? [];
  if (kind !== undefined) {
    const object: ObjectName = { id: `${start}${rest}`, kind: kind as ObjectKind }; // the pattern has no others
    return { kind: object.kind, path: objectPath(object), object };
  }
  const own = Object.hasOwn(ROOT_FILES, text) ? ROOT_FILES[text] : undefined;
  if (own !== undefined) return { kind: own, path: text };
  const path = unescaped(text);
  if (path === undefined) return undefined;
  if (path.startsWith(REFS)) return refPlace(path, path.slice(REFS.length));
  return DELTAS.some((pattern) => pattern.test(path)) ? { kind: 'delta', path } : undefined;
}

function refPlace(path: string, ref: string): Place | undefined {
  if (!isRefName(ref)) return undefined;
  return { kind: 'ref', path, ...(isPrivateRef(ref) && { privateRef: ref }) };
}

function unescaped(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (ESCAPED_SEPARATOR.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // no UTF-8, or no escape: nothing has such a name
  }
}
