import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExtractedEntry, extractTar } from '../archive/index.ts';
import { gatherFacts } from './content-facts.ts';
import { ArtifactError } from './error.ts';
import { artifactTrouble, type ContentFacts } from './tar-index.ts';

/** Files that a run or one of its steps produced, on this machine. */
export interface CollectedArtifacts {
  /** The tar as it came from the box. */
  readonly tar: string;
  /** The same, unpacked. */
  readonly folder: string;
  /** Of the tar. */
  readonly sizeBytes: number;
  /** Regular files and links below `folder`, `/` between parts. */
  readonly files: readonly string[];
  /** What is to be told of the tar where it is stored. */
  readonly facts: ContentFacts;
}

export interface CollectOptions {
  /** A tar whose entries all begin with one folder's name, which is left out of `folder`. */
  readonly tar: AsyncIterable<Buffer>;
  /** Where `output.tar` and `output/` are made; what is there is replaced. */
  readonly into: string;
  /** The tar may not be larger. */
  readonly limitBytes: number;
  /** Also the SHA-256 of the whole tar, for a store that is to be told. @defaultValue false */
  readonly digest?: boolean;
  /** Masks secrets in the `facts`. */
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal;
}

async function* limited(
  source: AsyncIterable<Buffer>,
  limitBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let total = 0;
  for await (const bytes of source) {
    total += bytes.length;
    if (total > limitBytes) throw new ArtifactError('TOO_LARGE', `more than ${limitBytes} bytes`);
    yield bytes;
  }
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Keeps and unpacks what a box produced, and looks at what is in it, in one pass. Links are kept as links. `undefined`
 * when the tar holds no file and no link: then nothing is left on the disk. Throws `ArtifactError` `TOO_LARGE`, `UNSAFE`
 * for an entry that would leave the folder, `CORRUPT`, or `DISK`; then nothing is left either.
 */
export async function collectArtifacts(options: CollectOptions): Promise<CollectedArtifacts | undefined> {
  const { into, limitBytes, digest = false, redact, signal } = options;
  const tar = join(into, 'output.tar');
  const folder = join(into, 'output');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  const clear = (): Promise<unknown> =>
    Promise.all([rm(tar, { force: true }), rm(folder, { recursive: true, force: true })]);
  const gathering = gatherFacts({ format: 'tar', digest, ...(redact !== undefined && { redact }) });
  try {
    await extractTar(gathering.pass(limited(options.tar, limitBytes)), folder, {
      stripComponents: 1,
      links: 'any',
      tee: tar,
      onEntry: (entry: ExtractedEntry) => {
        if (entry.type !== 'folder') files.push(entry.path);
      },
      ...(signal === undefined ? {} : { signal }),
    });
    const facts = await gathering.facts();
    if (files.length > 0)
      return { tar, folder, sizeBytes: facts.sizeBytes, files: files.toSorted(byBytes), facts };
  } catch (error) {
    await clear();
    throw artifactTrouble(error);
  }
  await clear();
  return undefined;
}
