import { CacheError } from '../error.ts';
import { isRefName, type ObjectName, walkCommit } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { EXTENSION_VERSION, type Message } from '../wire/message.ts';

type Info = Extract<Message, { readonly type: 'info' }>;

/** The only kind of repository that is pushed to: archive-z2. */
export const ARCHIVE_MODE = 1;

/** How many objects are looked for at once. */
const AT_ONCE = 1000;

/**
 * Answers a client's info. Refs of the client are repeated where they name the same commit here, and all of that is here:
 * then it need not be sent. Every other ref is left out. A client of 2018 that hears of another commit ends too early; and
 * what names none hears of none.
 */
export async function answerInfo(
  client: Info,
  repository: Repository,
  pullUrl: string | undefined,
): Promise<Uint8Array> {
  const refs = await heldRefs(client.refs, repository);
  const answer = {
    type: 'info',
    mode: ARCHIVE_MODE,
    ...(pullUrl !== undefined && { pullUrl }),
    ...(client.slipway !== undefined && { slipway: EXTENSION_VERSION }),
  } as const;
  try {
    return encodeMessage({ ...answer, refs });
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'TOO_LARGE') throw error;
    // The client filled its own message to the brim, and ours says more. What is not named is only sent again.
    return encodeMessage({ ...answer, refs: new Map() });
  }
}

async function heldRefs(
  named: ReadonlyMap<string, string>,
  repository: Repository,
): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  const complete = new Map<string, boolean>(); // an artifact has two refs, and is looked through once
  for (const [ref, commit] of named) {
    if (!isRefName(ref) || (await repository.readRef(ref)) !== commit) continue;
    const isWhole = complete.get(commit) ?? (await isComplete(repository, commit));
    complete.set(commit, isWhole);
    if (isWhole) held.set(ref, commit);
  }
  return held;
}

/** Whether everything is there. Whoever wrote before Slipway published commits of which half was missing. */
async function isComplete(repository: Repository, commit: string): Promise<boolean> {
  const areMissing = async (names: readonly ObjectName[]): Promise<boolean> =>
    (await repository.missingOf(names)).length > 0;
  let unknown: ObjectName[] = [];
  try {
    for await (const name of walkCommit(repository, [commit])) {
      unknown.push(name);
      if (unknown.length < AT_ONCE) continue;
      if (await areMissing(unknown)) return false;
      unknown = [];
    }
  } catch (error) {
    if (error instanceof CacheError && (error.code === 'MISSING_OBJECT' || error.code === 'CORRUPT_OBJECT')) {
      return false;
    }
    throw error;
  }
  return !(await areMissing(unknown));
}
