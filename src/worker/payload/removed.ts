import type { PayloadMistake } from './mistakes.ts';
import { pathText } from './mistakes.ts';

/** Features that reached services which are no more. */
const REMOVED_FEATURES: Readonly<Record<string, string>> = {
  balrogVPNProxy: 'was a tunnel to an update server that is no more',
  balrogStageVPNProxy: 'was a tunnel to an update server that is no more',
  relengAPIProxy: 'was a way to a release service that is no more',
  testdroidProxy: 'was a way to a farm of telephones that is no more',
  metrics: 'sent figures to a service that is no more; the worker has figures of its own',
  vnc: 'showed the screen of a task over a protocol that no worker speaks any more; `interactive` gives a shell',
};

export const isRemovedFeature = (name: string): boolean => Object.hasOwn(REMOVED_FEATURES, name);

/** What is asked for and cannot sensibly exist today; what is switched off does not matter. */
export function removedFeatures(features: Readonly<Record<string, boolean>>): PayloadMistake[] {
  return Object.entries(features)
    .filter(([name, wanted]) => wanted && isRemovedFeature(name))
    .map(([name]) => ({ path: pathText(['features', name]), message: `${name} ${REMOVED_FEATURES[name]}` }));
}
