import type { ObjectName } from '../ostree/object-name.ts';
import type { ObjectArea } from './object-area.ts';

/**
 * Objects that are not there, in the order given; the others are of this moment then, and stay for who counts on them. Who
 * prunes looks at each once more before it goes: one that went between the look and the renewal is found missing here.
 */
export async function missingOnceRenewed(
  area: Pick<ObjectArea, 'missingOf' | 'renew'>,
  names: readonly ObjectName[],
): Promise<readonly ObjectName[]> {
  const missing = new Set(await area.missingOf(names));
  const here = names.filter((name) => !missing.has(name));
  if (here.length === 0) return names;
  await area.renew(here);
  for (const name of await area.missingOf(here)) missing.add(name);
  return names.filter((name) => missing.has(name));
}
