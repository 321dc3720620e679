import type { Flag } from '../flag.ts';
import { ARTIFACTS } from './artifacts.ts';
import { DOWNLOAD_SERVER_FLAGS } from './download-server.ts';
import { OTHER_STORE, RETENTION } from './kept.ts';

const isOtherStore = ({ name }: Flag): boolean => OTHER_STORE.some((flag) => flag.name === name);

/** Flags of other commands that are fields of the configuration, so that `config` says what they would change. */
export const SETTINGS_FLAGS: readonly Flag[] = [
  ...RETENTION,
  ...ARTIFACTS.filter(({ name }) => name === 'gc'),
  ...DOWNLOAD_SERVER_FLAGS.filter((flag) => !isOtherStore(flag)),
];
