import { type ObjectStore, owned, type StoredObject } from '../../store/index.ts';
import { type BackupEntry, type BackupFile, ownFile } from '../entry.ts';
import { FACTS_FOLDER, type FactsLine, numbered } from '../format.ts';

export interface StoreObjectsOptions {
  readonly store: ObjectStore;
  /** What their paths in the backup begin with, with a slash at its end. */
  readonly prefix: string;
  /**
   * Which objects lead to others. They are taken before those that they lead to: what is there when one is taken is there
   * when its turn comes.
   */
  readonly leads: (key: string) => boolean;
  readonly signal: AbortSignal;
}

const AT_ONCE = 8;

/**
 * The objects of a store while others store and remove some. What was removed meanwhile is dropped at the end, since what it
 * led to may be gone as well; everything that is left leads to what is there.
 */
export async function* storeObjects(
  options: StoreObjectsOptions,
): AsyncGenerator<BackupEntry, void, undefined> {
  const { prefix, leads } = options;
  const taken = new Set<string>();
  const parts = { number: 0 };
  yield* take(options, { taken, parts, wanted: leads });
  yield* take(options, { taken, parts, wanted: (key) => !leads(key) });
  // What was stored after its place in the list had been passed, and what is gone.
  const there = new Set<string>();
  const isNew = (key: string): boolean => {
    there.add(key);
    return !leads(key) && !taken.has(key);
  };
  yield* take(options, { taken, parts, wanted: isNew });
  for (const key of taken) if (!there.has(key)) yield { dropped: `${prefix}${key}` };
}

interface Pass {
  readonly taken: Set<string>;
  readonly parts: { number: number };
  readonly wanted: (key: string) => boolean;
}

async function* take(options: StoreObjectsOptions, pass: Pass): AsyncGenerator<BackupFile, void, undefined> {
  const { store, prefix, signal } = options;
  let after: string | undefined;
  do {
    const page = await store.list({ signal, ...(after !== undefined && { after }) });
    const keys = page.objects.map(({ key }) => key).filter(pass.wanted);
    const facts = await factsOf(store, keys, signal);
    if (facts.length > 0) {
      pass.parts.number += 1;
      yield ownFile(numbered(`${FACTS_FOLDER}${prefix}`, pass.parts.number), lines(facts));
    }
    for (const key of keys) yield* object(key, options, pass);
    after = page.next;
  } while (after !== undefined);
}

async function* object(
  key: string,
  { store, prefix, signal }: StoreObjectsOptions,
  { taken }: Pass,
): AsyncGenerator<BackupFile, void, undefined> {
  await using content = await store.open(key, { signal });
  if (content === undefined) return;
  taken.add(key);
  yield { path: `${prefix}${key}`, sizeBytes: content.object.sizeBytes, content: owned(content) };
}

/** Of those of which anything is known. */
async function factsOf(
  store: ObjectStore,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<FactsLine[]> {
  const found: FactsLine[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const heads = await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => store.head(key, { signal })));
    found.push(...heads.flatMap((head) => (head === undefined ? [] : factLine(head))));
  }
  return found;
}

function factLine({ key, mediaType, expiresAt }: StoredObject): FactsLine[] {
  if (mediaType === undefined && expiresAt === undefined) return [];
  return [
    { key, ...(mediaType !== undefined && { mediaType }), ...(expiresAt !== undefined && { expiresAt }) },
  ];
}

const lines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
