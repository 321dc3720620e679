import { openStore } from '../../store/index.ts';
import type { Layout } from './layout.ts';
import { createMirror, type Mirror } from './mirror.ts';
import type { ObjectArea } from './object-area.ts';
import { readObjectsLocation } from './objects-location.ts';
import { openStoreObjects } from './store-objects.ts';
import { aboutStore } from './store-trouble.ts';

/** Opens the store that the setting `objects` names, and what keeps it a whole repository. */
export async function openStoredArea({
  layout,
  objects,
  environment,
}: {
  readonly layout: Layout;
  readonly objects: string;
  readonly environment: NodeJS.ProcessEnv;
}): Promise<{ readonly area: ObjectArea; readonly mirror: Mirror }> {
  const { store: location, prefix } = await readObjectsLocation(objects, environment);
  const store = await aboutStore(() => openStore(location));
  try {
    return {
      area: await openStoreObjects({ layout, store, prefix }),
      mirror: createMirror({ layout, store, prefix }),
    };
  } catch (cause) {
    await store[Symbol.asyncDispose]();
    throw cause;
  }
}
