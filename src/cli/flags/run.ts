import type { Flag } from '../flag.ts';

export const RUN: readonly Flag[] = [
  { name: 'expose-ports', about: 'publish the ports that box and services declare' },
  { name: 'suppress-build-logs', hidden: true, about: 'leave out what the steps print' },
  {
    name: 'publish',
    value: 'PORT',
    repeat: true,
    hidden: true,
    about: 'publish a port of the box (deprecated: use `ports` and --expose-ports)',
  },
  { name: 'enable-dev-steps', on: true, hidden: true, about: 'allow file:// steps, watch and shell' },
  {
    name: 'attach-on-error',
    hidden: true,
    about: 'open a shell in the box when a step fails, before the after-steps',
  },
  {
    name: 'read-only-mounts',
    about: 'mount source, cache and steps read-only under /mnt, and copy them in the box',
  },
  { name: 'after-steps-on-interrupt', about: 'run the after-steps also after Ctrl-C' },
];

export const DEPLOY_ONLY: readonly Flag[] = [
  {
    name: 'last-build-box',
    about: "run in the image that the project's last passed build committed, on its source",
  },
];

export const BUILD_ONLY: readonly Flag[] = [
  { name: 'direct-mount', about: 'mount the project read-write instead of a copy' },
  { name: 'enable-volumes', about: 'mount the volumes that box and services declare' },
];
