import type { Distribution } from './finders/distribution.ts';
import type { FoundPackage } from './finders/finder.ts';

/** What one layer says of packages; enough to put layers on top of each other without reading them again. */
export interface LayerContents {
  /** Packages by the file or folder that says that they are there. A file without any hides what a lower layer says there. */
  readonly definitions: ReadonlyMap<string, readonly FoundPackage[]>;
  /** Paths of lower layers that are not seen any more, with all that is below them. */
  readonly hidden: ReadonlySet<string>;
  /** Folders of which only what is below is not seen any more. */
  readonly emptied: ReadonlySet<string>;
  readonly distribution?: Distribution;
  /** Sentences about what could not be read. */
  readonly notices: readonly string[];
  /** Whether all of it was read. */
  readonly isComplete: boolean;
}

const VERSION = 1; // goes up with every change of what is found: what was remembered by others is read again

/** For the memory of layers. */
export function encodeContents(contents: LayerContents): Buffer {
  const { definitions, hidden, emptied, ...rest } = contents;
  return Buffer.from(
    JSON.stringify({
      version: VERSION,
      definitions: [...definitions],
      hidden: [...hidden],
      emptied: [...emptied],
      ...rest,
    }),
  );
}

/** `undefined`: of another version, or not what was written. */
export function decodeContents(bytes: Buffer): LayerContents | undefined {
  try {
    const read = JSON.parse(bytes.toString());
    // Written by `encodeContents` of the same version, into a folder of the server's own.
    const { version, definitions, hidden, emptied, ...rest } = read;
    if (version !== VERSION) return undefined;
    return {
      definitions: new Map(definitions),
      hidden: new Set(hidden),
      emptied: new Set(emptied),
      ...rest,
    } as LayerContents;
  } catch {
    return undefined;
  }
}
