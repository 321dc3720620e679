/** A package as a file of a layer says that it is there. Nothing of it is trusted yet. */
export interface FoundPackage {
  /** As package URLs have it: `npm`, `deb`, `pypi`. */
  readonly type: string;
  /** Of Maven the group, of PHP the vendor; of a distribution's packages it is filled in from its name. */
  readonly namespace?: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers?: Readonly<Record<string, string>>;
  readonly license?: string;
  /** Where its files are; what those take is its size. */
  readonly folder?: string;
  /** Where the package itself says what it takes. */
  readonly sizeBytes?: number;
}

/** What finds packages of one kind, by paths and by what is in some files. Paths are relative to the root of the image. */
export interface Finder {
  /** Whether this file says what packages are there. */
  defines(path: string): boolean;
  /** Larger files are not read. */
  readonly maxBytes: number;
  /**
   * What it says, piece by piece where it may be long: after each piece others may have their turn, also where it names no
   * package (`undefined`). A file that makes no sense throws, or names no package.
   */
  parse(path: string, content: Buffer): Iterable<FoundPackage | undefined>;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** A member of what may be any JSON value. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

export function textMember(value: unknown, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** `{ key: value }` where there is a value. */
export const given = <K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } =>
  // The type of a computed key is lost by the compiler.
  (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [P in K]?: string };
