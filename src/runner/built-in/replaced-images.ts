import { EngineError } from '../../engine/index.ts';
import type { RunContext } from '../context.ts';
import { LABEL } from '../labels.ts';

/** Removes what an image has taken the names of, where nothing else is called by it. */
export type RemoveReplaced = () => Promise<void>;

/**
 * Remembers which images have these names now. An engine keeps an image whose names all went to another one, and every
 * run would leave one; those that no run made are left alone, and those in use.
 */
export async function rememberNamed(
  context: RunContext,
  references: readonly string[],
): Promise<RemoveReplaced> {
  const { engine } = context;
  const images = await Promise.all(references.map((reference) => engine.inspectImage(reference)));
  const before = new Set(images.flatMap((image) => (image === undefined ? [] : [image.id])));
  return async () => {
    if (before.size === 0) return;
    const labels = [LABEL.builtBy, `${LABEL.role}=image`];
    const ours = await Promise.all(labels.map((label) => engine.listImages({ label })));
    const nameless = ours.flat().filter(({ id, references: names }) => before.has(id) && names.length === 0);
    for (const id of new Set(nameless.map((image) => image.id))) await removeUnused(context, id);
  };
}

async function removeUnused({ engine }: RunContext, id: string): Promise<void> {
  try {
    await engine.removeImage(id);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'CONFLICT') throw error;
  }
}
