import type { Flag } from '../flag.ts';
import { DOWNLOAD_SERVER_FLAGS } from './download-server.ts';

const REPOSITORY: Flag = {
  name: 'repository',
  value: 'DIR',
  about: "repository of the artifact cache (default: this machine's own, in the data folder)",
};

/** `slipway server`: as for downloads, with the artifact cache, and a port of its own. */
export const SERVER_FLAGS: readonly Flag[] = [
  REPOSITORY,
  ...DOWNLOAD_SERVER_FLAGS.map((flag) => (flag.name === 'port' ? { ...flag, default: '8080' } : flag)),
];
