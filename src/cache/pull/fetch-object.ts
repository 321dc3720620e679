import { open, rm } from 'node:fs/promises';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName, objectPath } from '../ostree/object-name.ts';
import { MAX_METADATA_BYTES } from '../ostree/objects.ts';
import { fileTrouble } from '../repository/file-trouble.ts';
import { withRetries } from '../retrying.ts';
import { claimed } from './claims.ts';
import type { Fetching } from './fetch-context.ts';
import { openFolderFiles } from './folder-files.ts';
import { gather } from './read-whole.ts';
import type { CameFile, RemoteFile } from './remote-files.ts';
import { requireArchive } from './require-archive.ts';

/** Objects up to this size are read to their end before they are checked: their connection is free for the next one. */
export const WHOLE_BYTES = 128 * 1024;

/** Fetches one object as a file of its own, unless it is here or on its way. Throws `CacheError`. */
export async function fetchObject(
  fetching: Fetching,
  name: ObjectName,
  maxBytes = MAX_METADATA_BYTES,
): Promise<void> {
  await claimed(fetching, name, async () => {
    const found = await withRetries(fetching, () => tryObject(fetching, name, maxBytes));
    if (found) return;
    await requireArchive(fetching); // objects of other modes have other names
    const message = `${fetching.files.name} does not have ${objectFileName(name)}: the artifact is not complete there`;
    throw new CacheError('MISSING_OBJECT', message);
  });
}

async function tryObject(fetching: Fetching, name: ObjectName, maxBytes: number): Promise<boolean> {
  const { files, signal } = fetching;
  await using file = await files.open(objectPath(name), { signal });
  if (file === undefined) return false;
  const { sizeBytes } = file;
  const what = `${files.name}: ${objectFileName(name)}`;
  if (name.kind !== 'filez' || (sizeBytes !== undefined && sizeBytes <= WHOLE_BYTES)) {
    const bytes = await gather(file, { what, maxBytes });
    await takeObject(fetching, name, { bytes });
  } else if (sizeBytes !== undefined) {
    await takeObject(fetching, name, { content: file, sizeBytes });
  } else {
    await takeSpooled(fetching, { name, file, what });
  }
  return true;
}

/** Puts an object into the staging, which checks it, and says from where it came what is wrong with it. */
export async function takeObject(fetching: Fetching, name: ObjectName, came: CameFile): Promise<void> {
  const { staging, files, progress } = fetching;
  try {
    if ('bytes' in came) {
      await staging.addWhole(name, came.bytes);
      progress.bytes(came.bytes.length);
    } else {
      await takeStream(fetching, name, came);
    }
  } catch (error) {
    if (!(error instanceof CacheError) || !['CORRUPT_OBJECT', 'TOO_LARGE'].includes(error.code)) throw error;
    throw new CacheError(error.code, `${files.name}: ${error.message}`, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
  progress.object();
}

type CameStream = Exclude<CameFile, { readonly bytes: Buffer }>;

async function takeStream(
  { staging, progress }: Fetching,
  name: ObjectName,
  { content, sizeBytes }: CameStream,
): Promise<void> {
  const source = watched(content, progress.bytes);
  try {
    await staging.add(name, source.content, { sizeBytes });
  } catch (error) {
    throw source.failure === undefined ? error : source.failure.error;
  }
}

interface Watched {
  readonly content: AsyncIterable<Uint8Array>;
  /** Why reading ended, where it did not end well: that says more than what became of it. */
  readonly failure: { readonly error: unknown } | undefined;
}

function watched(content: AsyncIterable<Uint8Array>, onBytes: (count: number) => void): Watched {
  let failure: { readonly error: unknown } | undefined;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) {
        onBytes(chunk.length);
        yield chunk;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return {
    content: read(),
    get failure() {
      return failure;
    },
  };
}

interface Spooling {
  readonly name: ObjectName;
  readonly file: RemoteFile;
  readonly what: string;
}

/** Of a server that does not say how large an object is: the staging wants to know before it takes it. */
async function takeSpooled(fetching: Fetching, { name, file, what }: Spooling): Promise<void> {
  const { staging, signal, maxObjectBytes } = fetching;
  const path = await staging.temporaryFile();
  try {
    await spool(file, { path, what, maxBytes: maxObjectBytes });
    await using spooled = await openFolderFiles('/').open(path, { signal });
    if (spooled?.sizeBytes === undefined) throw new CacheError('NO_SPACE', `${path} is gone`);
    await takeObject(fetching, name, { content: spooled, sizeBytes: spooled.sizeBytes });
  } finally {
    await rm(path, { force: true });
  }
}

interface SpoolTo {
  readonly path: string;
  readonly what: string;
  readonly maxBytes: number;
}

async function spool(file: RemoteFile, { path, what, maxBytes }: SpoolTo): Promise<void> {
  const target = await open(path, 'w');
  try {
    let size = 0;
    for await (const chunk of file) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new CacheError('TOO_LARGE', `${what} has more than ${maxBytes} bytes, which are taken at most`);
      }
      await target.appendFile(chunk);
    }
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? fileTrouble('write', path, cause) : cause;
  } finally {
    await target.close();
  }
}
