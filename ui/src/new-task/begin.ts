import { getDefinition } from '../api/create-task.ts';
import type { Definition } from './definition.ts';
import { EMPTY_DRAFT, type TaskDraft } from './draft.ts';
import { draftOf } from './draft-of.ts';
import { timeless } from './read-definition.ts';

/** What the form begins with. */
export interface Beginning {
  readonly draft: TaskDraft;
  /** A definition that the form cannot show, as text. */
  readonly text?: string;
  /** Why it cannot. */
  readonly reason?: string;
}

/** Reads where the form begins: with `?from=TASK`, a task that is there, else empty, in the queue of `?queue=`. */
export async function begin(query: URLSearchParams, signal: AbortSignal): Promise<Beginning> {
  const from = query.get('from');
  if (from !== null) return beginningOf(ofItsOwn(await getDefinition(from, signal), from));
  const [queue, image, group] = ['queue', 'image', 'group'].map((name) => query.get(name));
  return {
    draft: {
      ...EMPTY_DRAFT,
      ...(queue && { queue }),
      ...(image && { image }),
      ...(group && { group }),
    },
  };
}

/** The form of a definition, or its text where the form would lose something of it. */
export function beginningOf(definition: Definition): Beginning {
  const shown = draftOf(definition);
  if (!('reason' in shown)) return { draft: shown };
  return { draft: EMPTY_DRAFT, text: textOf(timeless(definition)), reason: shown.reason };
}

export const textOf = (definition: Definition): string => `${JSON.stringify(definition, null, 2)}\n`;

/** A group that is only the task's own is not the new one's; what the queue filled in is left to it again. */
function ofItsOwn(definition: Definition, taskId: string): Definition {
  const { provisionerId: _provisionerId, workerType: _workerType, ...rest } = definition;
  const defaults: Definition = {
    taskGroupId: taskId,
    schedulerId: '-',
    projectId: 'none',
    requires: 'all-completed',
    priority: 'lowest',
  };
  return Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => defaults[name] !== value && !isNothing(value)),
  );
}

const isNothing = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
