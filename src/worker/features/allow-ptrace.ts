import type { Feature } from '../task/feature.ts';

/** Lets the task trace its processes. */
export const allowPtrace: Feature = {
  name: 'allowPtrace',
  default: false,
  scopes: ['docker-worker:feature:allowPtrace'],
  start: () => ({
    name: 'allowPtrace',
    link: () => Promise.resolve({ capabilitiesAdded: ['SYS_PTRACE'] }),
  }),
};
