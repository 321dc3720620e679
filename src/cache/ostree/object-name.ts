/** `filez`: a file or a symbolic link, compressed; `commitmeta`: signatures, which nothing covers. */
export type ObjectKind = 'commit' | 'dirtree' | 'dirmeta' | 'filez' | 'commitmeta';

/** What an object is called: the SHA-256 of its content, and what it is. See `docs/contracts/artifact-cache.md`. */
export interface ObjectName {
  /** 64 lower-case hex digits. */
  readonly id: string;
  readonly kind: ObjectKind;
}

const FILE_NAME = /^([0-9a-f]{64})\.(commit|dirtree|dirmeta|filez|commitmeta)$/;

/** `<64 hex>.<kind>`: as an object is called on the wire. */
export const objectFileName = ({ id, kind }: ObjectName): string => `${id}.${kind}`;

/** `objects/<2 hex>/<62 hex>.<kind>`: where an object is in a repository. */
export const objectPath = ({ id, kind }: ObjectName): string =>
  `objects/${id.slice(0, 2)}/${id.slice(2)}.${kind}`;

/** The object of exactly such a file name; `undefined` for every other text. */
export function parseObjectFileName(text: string): ObjectName | undefined {
  const [, id, kind] = FILE_NAME.exec(text) ?? [];
  // The pattern admits nothing else.
  return id === undefined ? undefined : { id, kind: kind as ObjectKind };
}
