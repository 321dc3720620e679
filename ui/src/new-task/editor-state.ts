import { serverNow } from '../api/clock.ts';
import type { Refusal } from '../api/refusal.ts';
import { session } from '../api/session.ts';
import { beginningOf, textOf } from './begin.ts';
import { type Definition, definitionOf, type Known, type Problems } from './definition.ts';
import type { TaskDraft } from './draft.ts';
import { completed, readDefinition, timeless } from './read-definition.ts';
import { refusedFields } from './refused-fields.ts';

/** How a task is written. */
export type Mode = 'form' | 'definition';

/** What somebody has written so far, and what is wrong with it. */
export interface EditorState {
  readonly mode: Mode;
  readonly draft: TaskDraft;
  readonly text: string;
  readonly problems: Problems;
  /** What is wrong with the text. */
  readonly textProblem?: string | undefined;
  readonly refusal?: Refusal | undefined;
}

export const NO_PROBLEMS: Problems = new Map();

const known = (): Known => ({
  now: serverNow(),
  clientId: session.value.value?.clientId ?? 'anonymous',
  origin: location.origin,
});

/** The definition that is asked for, or what is in its way. */
export async function definitionIn(
  state: EditorState,
): Promise<
  | { readonly definition: Definition }
  | { readonly definition?: undefined; readonly found: Partial<EditorState> }
> {
  if (state.mode === 'form') {
    const { definition, problems } = definitionOf(state.draft, known());
    return definition === undefined ? { found: { problems } } : { definition };
  }
  const read = await readDefinition(state.text);
  return 'problem' in read
    ? { found: { textProblem: read.problem } }
    : { definition: completed(read.definition, known()) };
}

/** The same task, written the other way. */
export async function switched(state: EditorState, mode: Mode): Promise<Partial<EditorState>> {
  if (mode === state.mode) return {};
  if (mode === 'definition') {
    const { definition, problems } = definitionOf(state.draft, known());
    if (definition !== undefined) return { mode, text: textOf(timeless(definition)), textProblem: undefined };
    // What is not finished stays in the form; the text is what was there before.
    return problems.size > 0 ? { mode, textProblem: undefined } : {};
  }
  if (state.text.trim() === '') return { mode };
  const read = await readDefinition(state.text);
  if ('problem' in read) return { textProblem: read.problem };
  const { draft, reason } = beginningOf(read.definition);
  if (reason !== undefined) return { textProblem: `The form cannot show this one: ${reason}.` };
  return { mode, draft, problems: NO_PROBLEMS };
}

/** What the server did not take, at the fields that it is about. */
export function refusedState(mode: Mode, refusal: Refusal): Partial<EditorState> {
  if (mode === 'definition' || refusal.detail === undefined) return { refusal };
  const { problems, others } = refusedFields(refusal.detail);
  return { problems, refusal: others.length === 0 && problems.size > 0 ? undefined : refusal };
}
