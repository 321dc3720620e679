import { visibleText } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { isObjectId } from '../ostree/object-id.ts';
import { MAX_METADATA_BYTES, type SummaryRef } from '../ostree/objects.ts';
import { decodeSummary } from '../ostree/summary.ts';
import { type Asking, readWhole } from './read-whole.ts';
import { requireArchive } from './require-archive.ts';

/** The commit of a ref somewhere else. */
export interface RemoteRef {
  readonly commit: string;
  /** As the summary says; absent: nobody said. */
  readonly commitSizeBytes?: number;
}

/** What is asked of the refs of a repository somewhere else. Its summary is read at most once. */
export interface RemoteRefs {
  /** `undefined` where there is no such ref. Throws `CacheError`. */
  read(ref: string): Promise<RemoteRef | undefined>;
  /** All of the summary; `undefined` where there is none. Throws `CORRUPT_OBJECT`, `TOO_LARGE`. */
  summary(): Promise<readonly SummaryRef[] | undefined>;
}

const MAX_REF_FILE_BYTES = 4096; // 65 are needed; more is a page that says something else

export function remoteRefs(asking: Asking): RemoteRefs {
  let read: Promise<readonly SummaryRef[] | undefined> | undefined;
  const summary = (): Promise<readonly SummaryRef[] | undefined> => {
    read ??= readSummary(asking);
    return read;
  };
  return {
    summary,
    async read(ref) {
      const commit = await readRefFile(asking, ref);
      if (commit !== undefined) return { commit };
      if (asking.files.isSlipway) return undefined; // it lists nothing that it does not answer for
      const refs = await summary();
      if (refs === undefined) await requireArchive(asking); // an address where there is nothing at all is a mistake
      return refs && inOrder(refs, ref);
    },
  };
}

async function readRefFile(asking: Asking, ref: string): Promise<string | undefined> {
  const bytes = await readWhole(asking, `refs/heads/${ref}`, { maxBytes: MAX_REF_FILE_BYTES });
  if (bytes === undefined) return undefined;
  const text = bytes.toString('latin1').replace(/\n$/, '');
  if (isObjectId(text)) return text;
  const found = text.trim() === '' ? 'nothing' : `"${visibleText(text.slice(0, 40))}"`;
  const message = `${asking.files.name}: refs/heads/${ref} is no ref: expected the 64 hex digits of a commit, found ${found}`;
  throw new CacheError('PROTOCOL', message, {
    hint: 'Does the address lead to an OSTree repository, and its server answer 404 for what is not there?',
  });
}

async function readSummary(asking: Asking): Promise<readonly SummaryRef[] | undefined> {
  const bytes = await readWhole(asking, 'summary', { maxBytes: MAX_METADATA_BYTES });
  if (bytes === undefined) return undefined;
  try {
    return decodeSummary(bytes).refs;
  } catch (cause) {
    if (!(cause instanceof CacheError)) throw cause;
    throw new CacheError(cause.code, `${asking.files.name}: summary: ${cause.message}`, { cause });
  }
}

/** Refs are in the order of their bytes, and 50,000 of them are looked through for each that is asked for. */
function inOrder(refs: readonly SummaryRef[], ref: string): RemoteRef | undefined {
  return refs.find((entry) => entry.ref === ref);
}
