import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../../store/index.ts';
import { encodeSummary } from '../ostree/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';
import { replaceFile } from './replace-file.ts';
import { aboutStore, forEachBeside } from './store-trouble.ts';
import { parseSummaryTable, type SummaryTable } from './summary-table.ts';

/** Copies of refs, summary and configuration beside objects that are in a store: any web server can serve all of it then. */
export interface Mirror {
  /** Brings them up to date. Under the lock; what did not get there is tried again with the next summary. */
  update(table: SummaryTable, summary: Buffer): Promise<void>;
}

export interface MirrorOptions {
  readonly layout: Layout;
  readonly store: ObjectStore;
  readonly prefix: string;
}

const AT_A_TIME = 16;

export function createMirror({ layout, store, prefix }: MirrorOptions): Mirror {
  const doneFile = join(layout.own, 'summary.mirrored');
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await store.put(prefix + key, one(bytes), {
      sizeBytes: bytes.length,
      mediaType: 'application/octet-stream',
    });
  };
  return {
    async update(table, summary) {
      const done = await readDone(doneFile);
      if (done?.bytes.equals(table.bytes) === true) return;
      await aboutStore(async () => {
        const { set, removed } = difference(done ?? parseSummaryTable(encodeSummary({ refs: [] })), table);
        await forEachBeside(set, AT_A_TIME, async (at) => {
          const { ref, commit } = table.at(at);
          await put(`refs/heads/${ref}`, Buffer.from(`${commit}\n`));
        });
        await put('config', await readFile(layout.config));
        await put('summary', summary);
        // A client that has the old summary still finds the refs that it lists until the new one is there.
        await forEachBeside(removed, AT_A_TIME, async (ref) => {
          await store.remove(`${prefix}refs/heads/${ref}`);
        });
      });
      await replaceFile(doneFile, `${doneFile}.new`, table.bytes);
    },
  };
}

/** Where it is damaged, everything is put there once more. */
async function readDone(file: string): Promise<SummaryTable | undefined> {
  const bytes = await unless(ABSENT, readFile(file));
  try {
    return bytes && parseSummaryTable(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** Positions of refs that are new or name another commit, and names of those that are gone. */
function difference(
  before: SummaryTable,
  after: SummaryTable,
): { readonly set: readonly number[]; readonly removed: readonly string[] } {
  const set: number[] = [];
  const removed: string[] = [];
  const old = new Map(before.all().map(({ ref }) => [ref.ref, ref.commit]));
  for (const [at, { ref }] of after.all().entries()) {
    if (old.get(ref.ref) !== ref.commit) set.push(at);
    old.delete(ref.ref);
  }
  removed.push(...old.keys());
  return { set, removed };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
