import { CacheError, type Ref, type Repository } from '../../cache/index.ts';
import { suggest } from '../../kernel/index.ts';
import { CommandError } from '../command-error.ts';
import { shownText } from '../render/columns.ts';

const SHOWN_REFS = 5;
const REF_LENGTH = 300;
const MAX_NEAR = 1000;

const lastOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** Refs that a word may stand for where it is none itself: one key's beginning after the whole rest, or the beginning of a key alone. */
export function refsMeant(refs: readonly Ref[], word: string): readonly Ref[] {
  if (!word.includes('/')) return refs.filter(({ ref }) => lastOf(ref).startsWith(word));
  const components = word.split('/').length;
  return refs.filter(({ ref }) => ref.startsWith(word) && ref.split('/').length === components);
}

function several(word: string, refs: readonly Ref[]): CommandError {
  const shown = refs.slice(0, SHOWN_REFS).map(({ ref }) => shownText(ref, REF_LENGTH));
  const more = refs.length > SHOWN_REFS ? `\n  and ${refs.length - SHOWN_REFS} more` : '';
  return new CommandError(
    `${refs.length} artifacts are meant by "${shownText(word, REF_LENGTH)}":\n  ${shown.join('\n  ')}${more}`,
    'Type more of the key.',
  );
}

function none({ folder }: Repository, refs: readonly Ref[], word: string): CommandError {
  const near = suggest(
    word,
    refs.slice(0, MAX_NEAR).map(({ ref }) => ref),
  );
  const other = near === undefined ? '' : `Did you mean ${near}? `;
  const hint = `${other}\`slipway cache list\` says what there is, \`slipway cache pull\` fetches more.`;
  return new CommandError(`there is no artifact "${shownText(word, REF_LENGTH)}" in ${folder}`, hint);
}

/** A word that could be no ref may be the beginning of one all the same. */
async function commitOf(repository: Repository, ref: string): Promise<string | undefined> {
  try {
    return await repository.readRef(ref);
  } catch (error) {
    if (error instanceof CacheError && error.code === 'INVALID_REF') return undefined;
    throw error;
  }
}

/**
 * The artifact that a word of the command line means: its ref, or a ref whose key is cut, or the beginning of a key alone,
 * where only one artifact is meant by it; two refs of one commit are one artifact. Throws `CommandError`.
 */
export async function findRef(repository: Repository, word: string): Promise<Ref> {
  const exact = await commitOf(repository, word);
  if (exact !== undefined) return { ref: word, commit: exact };
  const refs = await repository.listRefs();
  const found = word === '' ? [] : refsMeant(refs, word);
  const [first] = found;
  if (first === undefined) throw none(repository, refs, word);
  if (found.every(({ commit }) => commit === first.commit)) return first;
  throw several(word, found);
}
