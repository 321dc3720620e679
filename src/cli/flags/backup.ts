import type { Flag } from '../flag.ts';
import { SERVER_FLAGS } from './server.ts';
import { QUEUE_ADDRESS } from './task.ts';

/** Where the parts of a server are that does not run; the same flags and variables as the server's own. */
const PLACES = ['repository', 'clients', 'link-key-file', 'database-url'];
/** How it would be called, which is no matter here. */
const NO_MATTER = ['open', 'trust-proxy'];
const STORES = /^(?:store-|s3-|aws-|oci-|local-file-store)/;

const ofServer: readonly Flag[] = SERVER_FLAGS.filter(
  ({ name }) => PLACES.includes(name) || NO_MATTER.includes(name) || STORES.test(name),
).map((flag) => {
  if (!PLACES.includes(flag.name)) return { ...flag, hidden: true };
  return { ...flag, about: `with --offline: ${flag.about}` };
});

export const BACKUP_FLAGS: readonly Flag[] = [
  ...QUEUE_ADDRESS,
  { name: 'offline', about: 'take the data folder of a server that does not run, without asking any' },
  ...ofServer,
];

export const RESTORE_FLAGS: readonly Flag[] = [
  { name: 'to', value: 'DIR', about: 'folder to make, or an empty one (default: the data folder)' },
];
